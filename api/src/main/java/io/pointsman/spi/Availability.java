package io.pointsman.spi;

import java.util.Objects;

/** Whether a backend can run on this host, with the reason in words. */
public sealed interface Availability {
    /** Returns one sentence: what was found, or what is missing and how to get it. */
    String reason();

    record Available(String reason) implements Availability {
        public Available {
            Objects.requireNonNull(reason, "reason");
        }
    }

    record Unavailable(String reason) implements Availability {
        public Unavailable {
            Objects.requireNonNull(reason, "reason");
        }
    }

    default boolean isAvailable() {
        return this instanceof Available;
    }
}
