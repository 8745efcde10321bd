package io.pointsman.testkit;

import io.pointsman.plan.PoolEndpoint;
import java.util.Map;
import java.util.Objects;

/**
 * What may become of a first packet.
 *
 * @param endpoints where it may go, and whether its source is rewritten on that way; empty unless forwarded
 */
public record Outcome(Verdict verdict, Map<PoolEndpoint, Boolean> endpoints) {
    /** What is done with the packet. */
    public enum Verdict {
        /** Its destination becomes an endpoint. */
        FORWARD,
        /** Silence. */
        DROP,
        /** Refused, and the sender is told. */
        REJECT,
        /** Not the proxy's business: it goes on unchanged. */
        NONE,
        /** Let in to the node itself, past a firewall that might not. */
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

    /** Whether the source is rewritten on the way to some endpoint: to all of them, or as hairpin to one. */
    public boolean mayMasquerade() {
        return endpoints.containsValue(true);
    }
}
