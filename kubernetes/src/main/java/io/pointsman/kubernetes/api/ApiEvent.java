package io.pointsman.kubernetes.api;

import io.pointsman.model.ObjectKey;
import org.jspecify.annotations.Nullable;

/** One event of a watch. Versions are resourceVersions, opaque texts. */
public sealed interface ApiEvent {
    /** An object is new or changed. */
    record Put(ApiItem item, String version) implements ApiEvent {}

    /**
     * An object is gone, or not selected any more.
     *
     * @param key null where its name can't be told
     */
    record Delete(@Nullable ObjectKey key, String version) implements ApiEvent {}

    /**
     * Everything up to this version has been sent.
     *
     * @param endsInitialEvents everything that was there when the watch began has been sent, too
     */
    record Bookmark(String version, boolean endsInitialEvents) implements ApiEvent {}

    /** The watch can't go on. */
    record Failed(ApiStatus status) implements ApiEvent {}
}
