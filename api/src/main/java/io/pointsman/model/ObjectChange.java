package io.pointsman.model;

import java.util.Objects;

/** One change to the cluster's objects. */
public sealed interface ObjectChange {
    /** The object is new, or replaces the one of its kind and name. */
    record Put(ClusterObject object) implements ObjectChange {
        public Put {
            Objects.requireNonNull(object, "object");
        }
    }

    /** The object is gone. Nothing happens when there was none. */
    record Delete(ClusterObject.Kind kind, ObjectName name) implements ObjectChange {
        public Delete {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(name, "name");
        }
    }
}
