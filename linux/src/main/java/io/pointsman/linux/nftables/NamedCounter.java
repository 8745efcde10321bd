package io.pointsman.linux.nftables;

import java.util.Objects;

/**
 * A counter with a name, which rules and maps refer to.
 *
 * @param packets packets counted so far
 * @param bytes bytes counted so far
 * @param comment empty for none
 */
public record NamedCounter(String name, long packets, long bytes, String comment) {
    public NamedCounter {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(comment, "comment");
    }

    /** Creates a counter at zero. */
    public static NamedCounter of(String name) {
        return new NamedCounter(name, 0, 0, "");
    }
}
