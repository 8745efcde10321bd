package io.pointsman.plan;

import io.pointsman.model.EnumToken;
import java.util.Optional;

/** Algorithm that chooses one endpoint of a pool for a new connection. */
public enum Balancing {
    RANDOM,
    ROUND_ROBIN,
    /** Random, in proportion to the endpoints' weights. */
    WEIGHTED,
    LEAST_CONNECTIONS,
    /** A client address keeps its endpoint while the pool does not change. */
    SOURCE_HASH,
    /** Source hash that moves few clients when the pool changes (Eisenbud et al., "Maglev", NSDI 2016). */
    MAGLEV;

    /** Service annotation that names an algorithm, as {@link #text} writes it. */
    public static final String ANNOTATION = "pointsman.io/balancing";

    /** Returns the name in {@code lower-case-with-dashes}. */
    public String text() {
        return EnumToken.of(this);
    }

    /** Parses a name; empty if it is unknown. */
    public static Optional<Balancing> parse(String text) {
        for (Balancing balancing : values()) {
            if (balancing.text().equals(text)) {
                return Optional.of(balancing);
            }
        }
        return Optional.empty();
    }
}
