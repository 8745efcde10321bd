package io.pointsman.spi;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Balancing;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a backend can do on this host, and where its answers differ from the engine's. A rule that asks for more is
 * reported, never half-applied.
 *
 * @param balancing the algorithms that it carries out exactly
 * @param features what else it can do; what is not listed it can't
 * @param deviations where it differs from the engine for good, in words; empty for none
 */
public record Capabilities(
        Set<Protocol> protocols,
        Set<IpFamily> families,
        Set<Balancing> balancing,
        Set<Feature> features,
        List<Deviation> deviations) {
    /** What not every backend can do, or not on every host. */
    public enum Feature {
        /** A connection whose rule says so reaches its endpoint with the client's own address. */
        KEEPS_SOURCE,
        /** Serves VIPs that no interface of the node has. */
        OWNS_FOREIGN_VIPS,
        /** Established connections live on while the agent is away. */
        SURVIVES_RESTART,
        /** Binds a client to its endpoint for as long as a rule says. */
        AFFINITY,
        /** Puts a PROXY protocol header in front of connections. */
        PROXY_HEADER
    }

    /**
     * One difference from the engine's answer.
     *
     * @param aspect what it is about, as one word: {@code client-source}
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

    /** Whether it can do this on this host. */
    public boolean has(Feature feature) {
        return features.contains(feature);
    }

    /** The same, but that it can't do this. */
    public Capabilities without(Feature feature) {
        final Set<Feature> others = new HashSet<>(features);
        others.remove(feature);
        return new Capabilities(protocols, families, balancing, others, deviations);
    }

    /** Whether it states a deviation about this aspect. */
    public boolean deviatesIn(String aspect) {
        return deviations.stream().anyMatch(deviation -> deviation.aspect().equals(aspect));
    }
}
