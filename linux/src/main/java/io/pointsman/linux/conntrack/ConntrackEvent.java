package io.pointsman.linux.conntrack;

import java.util.Objects;

/** A change of a tracked connection. */
public record ConntrackEvent(Kind kind, ConntrackEntry entry) {
    public enum Kind {
        NEW,
        DESTROY
    }

    public ConntrackEvent {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(entry, "entry");
    }
}
