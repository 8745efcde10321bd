package io.pointsman.spi;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Balancing;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Capabilities of a backend on this host, and its deviations from the engine. A rule that asks for more is reported, never
 * half-applied.
 *
 * @param balancing algorithms that it carries out exactly
 * @param features other features that it has; it lacks those not listed
 * @param deviations permanent differences from the engine, in words; empty for none
 */
public record Capabilities(
        Set<Protocol> protocols,
        Set<IpFamily> families,
        Set<Balancing> balancing,
        Set<Feature> features,
        List<Deviation> deviations) {
    /** A feature that not every backend has, or not on every host. */
    public enum Feature {
        /** Connections reach their endpoint with the client's own address if the rule says so. */
        KEEPS_SOURCE,
        /** VIPs that are on no interface of the node are served. */
        OWNS_FOREIGN_VIPS,
        /** Established connections continue while the agent is down. */
        SURVIVES_RESTART,
        /** A client is bound to its endpoint for as long as a rule says. */
        AFFINITY,
        /** Connections get a PROXY protocol header. */
        PROXY_HEADER
    }

    /**
     * A difference from the engine's behaviour.
     *
     * @param aspect the subject, as one word: {@code client-source}
     */
    public record Deviation(String aspect, String description) {
        public Deviation {
            Objects.requireNonNull(aspect, "aspect");
            Objects.requireNonNull(description, "description");
        }
    }

    public Capabilities {
        protocols = Set.copyOf(protocols);
        families = Set.copyOf(families);
        balancing = Set.copyOf(balancing);
        features = Set.copyOf(features);
        deviations = List.copyOf(deviations);
    }

    /** Whether the backend has this feature on this host. */
    public boolean has(Feature feature) {
        return features.contains(feature);
    }

    /** Returns a copy without this feature. */
    public Capabilities without(Feature feature) {
        final Set<Feature> others = new HashSet<>(features);
        others.remove(feature);
        return new Capabilities(protocols, families, balancing, others, deviations);
    }

    /** Whether the backend states a deviation in this aspect. */
    public boolean deviatesIn(String aspect) {
        return deviations.stream().anyMatch(deviation -> deviation.aspect().equals(aspect));
    }
}
