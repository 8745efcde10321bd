package io.pointsman.testkit;

import io.pointsman.plan.PoolEndpoint;
import java.util.Map;
import java.util.Objects;

/**
 * Possible outcomes for a first packet.
 *
 * @param endpoints its possible endpoints, and whether the source is rewritten on the way; empty unless forwarded
 */
public record Outcome(Verdict verdict, Map<PoolEndpoint, Boolean> endpoints) {
    /** Verdict on the packet. */
    public enum Verdict {
        /** Forwarded: the destination becomes an endpoint. */
        FORWARD,
        /** Dropped without an answer. */
        DROP,
        /** Refused with an error to the sender. */
        REJECT,
        /** Passed on unchanged, as it is not for the proxy. */
        NONE,
        /** Accepted by the node itself, even if a firewall might not. */
        ACCEPT
    }

    public Outcome {
        Objects.requireNonNull(verdict, "verdict");
        endpoints = Map.copyOf(endpoints);
        if ((verdict == Verdict.FORWARD) == endpoints.isEmpty()) {
            throw new IllegalArgumentException(verdict + " with " + endpoints.size() + " endpoints");
        }
    }

    static Outcome of(Verdict verdict) {
        return new Outcome(verdict, Map.of());
    }

    /** Whether the source is rewritten for some endpoint: for all of them, or for one as hairpin. */
    public boolean mayMasquerade() {
        return endpoints.containsValue(true);
    }
}
