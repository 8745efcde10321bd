package io.pointsman.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Computes the changes between two sets of objects, for sources that get complete lists. */
public final class ObjectDiff {
    private ObjectDiff() {}

    /**
     * Returns the changes that turn {@code before} into {@code after}. Deletions come first, so that an address is free
     * before another object takes it; then new and changed objects, in the order of {@code after}.
     */
    public static List<ObjectChange> between(
            Map<ObjectKey, ? extends ClusterObject> before, Map<ObjectKey, ? extends ClusterObject> after) {
        final List<ObjectChange> changes = new ArrayList<>();
        for (ObjectKey key : before.keySet()) {
            if (!after.containsKey(key)) {
                changes.add(ObjectChange.Delete.of(key));
            }
        }
        after.forEach((key, object) -> {
            if (!object.equals(before.get(key))) {
                changes.add(new ObjectChange.Put(object));
            }
        });
        return changes;
    }
}
