package io.pointsman.spi;

import java.util.Objects;

/**
 * A connection that came or went.
 *
 * @param flow as it is now; once it is gone, with what it carried where the backend counts
 */
public record FlowChange(Kind kind, FlowRecord flow) {
    /** What happened. */
    public enum Kind {
        NEW,
        GONE
    }

    public FlowChange {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(flow, "flow");
    }
}
