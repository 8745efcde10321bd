package io.pointsman.nat;

import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.util.Objects;

/** What a backend that owns sockets does with a client's connection. */
public sealed interface ConnectDecision {
    /**
     * Dial this endpoint.
     *
     * @param flow the handle for {@link NatEngine#established} and the others; a stale one is harmless
     * @param masquerade with the node's own address as source; else with the client's, where the backend can
     */
    record Forward(long flow, PoolEndpoint endpoint, boolean masquerade, Rule rule) implements ConnectDecision {
        public Forward {
            Objects.requireNonNull(endpoint, "endpoint");
            Objects.requireNonNull(rule, "rule");
        }
    }

    /** Don't dial. The verdict says how to turn the client away; nothing is tracked. */
    record Refused(Verdict verdict, Reason reason) implements ConnectDecision {
        public Refused {
            Objects.requireNonNull(verdict, "verdict");
            Objects.requireNonNull(reason, "reason");
        }
    }
}
