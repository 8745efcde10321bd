package io.pointsman.kubernetes.api;

import io.pointsman.model.ObjectKey;
import org.jspecify.annotations.Nullable;

/** An event of a watch. Versions are resourceVersions, opaque texts. */
public sealed interface ApiEvent {
    /** An object is new or changed. */
    record Put(ApiItem item, String version) implements ApiEvent {}

    /**
     * An object is deleted, or no longer selected.
     *
     * @param key null if its name is unknown
     */
    record Delete(@Nullable ObjectKey key, String version) implements ApiEvent {}

    /**
     * Everything up to this version has been sent.
     *
     * @param endsInitialEvents all objects that existed when the watch began have been sent too
     */
    record Bookmark(String version, boolean endsInitialEvents) implements ApiEvent {}

    /** The watch can't go on. */
    record Failed(ApiStatus status) implements ApiEvent {}
}
