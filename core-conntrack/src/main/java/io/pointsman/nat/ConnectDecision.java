package io.pointsman.nat;

import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.util.Objects;

/** Decision about a client's connection, for a backend that owns sockets. */
public sealed interface ConnectDecision {
    /**
     * The backend dials this endpoint.
     *
     * @param flow handle for {@link NatEngine#established}, {@link NatEngine#transferred} and {@link NatEngine#disconnect};
     *     a stale one is harmless
     * @param masquerade dial from the node's own address; if false, from the client's if the backend can
     */
    record Forward(long flow, PoolEndpoint endpoint, boolean masquerade, Rule rule) implements ConnectDecision {
        public Forward {
            Objects.requireNonNull(endpoint, "endpoint");
            Objects.requireNonNull(rule, "rule");
        }
    }

    /** The backend does not dial. The verdict says how to turn the client away; nothing is tracked. */
    record Refused(Verdict verdict, Reason reason) implements ConnectDecision {
        public Refused {
            Objects.requireNonNull(verdict, "verdict");
            Objects.requireNonNull(reason, "reason");
        }
    }
}
