package io.pointsman.kubernetes.api;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import org.jspecify.annotations.Nullable;

/** What became of one object that an API server sent. */
public sealed interface ApiItem {
    /** The object can be used. */
    record Taken(ObjectKey key, ClusterObject object) implements ApiItem {}

    /**
     * The object makes no sense, for a reason. What was known of it before holds.
     *
     * @param key empty (null) where not even its name can be told, so that it may be any
     * @param what kind and name, or as much of that as can be told
     */
    record Refused(@Nullable ObjectKey key, String what, String reason) implements ApiItem {}

    /** Nothing that a proxy serves: a slice of host names. */
    record Useless(ObjectKey key) implements ApiItem {}
}
