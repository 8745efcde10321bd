package io.pointsman.kubernetes.cluster;

import io.pointsman.kubernetes.api.ApiItem;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A complete state of one kind, while it is being read. Not thread-safe. */
final class Listing {
    private final Function<ObjectKey, @Nullable ClusterObject> known;
    final Map<ObjectKey, ClusterObject> objects = new HashMap<>();
    final Map<ObjectKey, String> refused = new HashMap<>();
    private @Nullable String unnamed;

    /** @param known finds a known object; an equal one is kept instead of a copy */
    Listing(Function<ObjectKey, @Nullable ClusterObject> known) {
        this.known = known;
    }

    void add(ApiItem item) {
        switch (item) {
            case ApiItem.Taken(ObjectKey key, ClusterObject object) -> {
                final ClusterObject before = known.apply(key);
                refused.remove(key);
                objects.put(key, object.equals(before) ? before : object);
            }
            case ApiItem.Useless(ObjectKey key) -> remove(key);
            case ApiItem.Refused(ObjectKey key, String what, String reason) -> {
                if (key == null) {
                    unnamed = what + ": " + reason;
                } else {
                    refused.put(key, reason);
                }
            }
        }
    }

    /** Removes an object that was deleted while the others were still being read. */
    void remove(ObjectKey key) {
        objects.remove(key);
        refused.remove(key);
    }

    int size() {
        return objects.size() + refused.size();
    }

    /** Returns the reason for refusing an object without a known name, which may be any object; null if there is none. */
    @Nullable
    String unnamed() {
        return unnamed;
    }
}
