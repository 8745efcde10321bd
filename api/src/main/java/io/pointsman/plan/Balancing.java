package io.pointsman.plan;

import io.pointsman.model.EnumToken;
import java.util.Optional;

/** How one endpoint of a pool is chosen for a new connection. */
public enum Balancing {
    RANDOM,
    ROUND_ROBIN,
    /** Random, in proportion to the endpoints' weights. */
    WEIGHTED,
    LEAST_CONNECTIONS,
    /** The same client address goes to the same endpoint while the pool does not change. */
    SOURCE_HASH,
    /** As source hash, moving few clients when the pool changes (Eisenbud et al., "Maglev", NSDI 2016). */
    MAGLEV;

    /** The Service annotation that names an algorithm, by {@link #text}. */
    public static final String ANNOTATION = "pointsman.io/balancing";

    /** {@code lower-case-with-dashes}. */
    public String text() {
        return EnumToken.of(this);
    }

    /** Empty for an unknown name. */
    public static Optional<Balancing> parse(String text) {
        for (Balancing balancing : values()) {
            if (balancing.text().equals(text)) {
                return Optional.of(balancing);
            }
        }
        return Optional.empty();
    }
}
