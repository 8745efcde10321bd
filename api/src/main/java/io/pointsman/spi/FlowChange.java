package io.pointsman.spi;

import java.util.Objects;

/**
 * A connection that opened or closed.
 *
 * @param flow its current state; when gone, its final counts if the backend counts
 */
public record FlowChange(Kind kind, FlowRecord flow) {
    /** Kind of change. */
    public enum Kind {
        NEW,
        GONE
    }

    public FlowChange {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(flow, "flow");
    }
}
