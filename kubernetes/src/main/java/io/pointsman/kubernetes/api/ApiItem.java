package io.pointsman.kubernetes.api;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import org.jspecify.annotations.Nullable;

/** Result of reading one object that an API server sent. */
public sealed interface ApiItem {
    /** The object can be used. */
    record Taken(ObjectKey key, ClusterObject object) implements ApiItem {}

    /**
     * The object is invalid. Its previous version stays in force.
     *
     * @param key null if even its name is unknown, so that it may be any object
     * @param what kind and name, or as much of these as is known
     */
    record Refused(@Nullable ObjectKey key, String what, String reason) implements ApiItem {}

    /** The object is valid but never proxied: a slice of host names. */
    record Useless(ObjectKey key) implements ApiItem {}
}
