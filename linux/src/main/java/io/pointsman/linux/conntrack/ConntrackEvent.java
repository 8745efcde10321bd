package io.pointsman.linux.conntrack;

import java.util.Objects;

/** Something that happened to a tracked connection. */
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
