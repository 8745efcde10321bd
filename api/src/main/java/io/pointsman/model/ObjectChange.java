package io.pointsman.model;

import java.util.Objects;

/** A change to one object of the cluster. */
public sealed interface ObjectChange {
    /** Returns the key of the changed object. */
    ObjectKey key();

    /** Adds an object, or replaces the one of the same kind and name. */
    record Put(ClusterObject object) implements ObjectChange {
        public Put {
            Objects.requireNonNull(object, "object");
        }

        @Override
        public ObjectKey key() {
            return ObjectKey.of(object);
        }
    }

    /** Deletes an object; no effect if it does not exist. */
    record Delete(ClusterObject.Kind kind, ObjectName name) implements ObjectChange {
        public Delete {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(name, "name");
        }

        /** Creates the deletion of the object with this key. */
        public static Delete of(ObjectKey key) {
            return new Delete(key.kind(), key.name());
        }

        @Override
        public ObjectKey key() {
            return new ObjectKey(kind, name);
        }
    }
}
