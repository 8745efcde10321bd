package io.pointsman.model;

import java.util.Objects;

/** One change to the cluster's objects. */
public sealed interface ObjectChange {
    /** Which object it changes. */
    ObjectKey key();

    /** The object is new, or replaces the one of its kind and name. */
    record Put(ClusterObject object) implements ObjectChange {
        public Put {
            Objects.requireNonNull(object, "object");
        }

        @Override
        public ObjectKey key() {
            return ObjectKey.of(object);
        }
    }

    /** The object is gone. Nothing happens when there was none. */
    record Delete(ClusterObject.Kind kind, ObjectName name) implements ObjectChange {
        public Delete {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(name, "name");
        }

        /** The object of this key is gone. */
        public static Delete of(ObjectKey key) {
            return new Delete(key.kind(), key.name());
        }

        @Override
        public ObjectKey key() {
            return new ObjectKey(kind, name);
        }
    }
}
