package io.pointsman.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What leads from one set of objects to another; how a source turns a complete list into changes. */
public final class ObjectDiff {
    private ObjectDiff() {}

    /**
     * The changes that make {@code after} of {@code before}: deletions first, so that an address is free before another
     * object takes it, then what is new or different, in the order of {@code after}.
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
