package io.pointsman.kubernetes.cluster;

import io.pointsman.kubernetes.api.ApiItem;
import io.pointsman.kubernetes.decode.ObjectKey;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ServiceSource.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the server has of one kind, as far as it makes sense. Not thread-safe. */
final class KindState {
    private static final int MAX_PROBLEMS = 100; // nobody reads more, and there may be thousands

    private Map<ObjectKey, ClusterObject> objects = new HashMap<>();
    private Map<ObjectKey, String> refused = new HashMap<>();
    private @Nullable String unnamed;

    /** Takes a complete state; returns what is different, deletions first. */
    List<ObjectChange> replace(Listing listing) {
        final Map<ObjectKey, ClusterObject> now = listing.objects;
        objects.forEach((key, before) -> {
            // One that is refused now keeps its last good version; one without a name may be any of those missing.
            if (listing.unnamed() != null || listing.refused.containsKey(key)) {
                now.putIfAbsent(key, before);
            }
        });
        final List<ObjectChange> changes = difference(objects, now);
        objects = now;
        refused = listing.refused;
        unnamed = listing.unnamed();
        return changes;
    }

    /** What leads from one state to another, deletions first, so that an address is free before another takes it. */
    static List<ObjectChange> difference(Map<ObjectKey, ClusterObject> before, Map<ObjectKey, ClusterObject> after) {
        final List<ObjectChange> changes = new ArrayList<>();
        for (ObjectKey key : before.keySet()) {
            if (!after.containsKey(key)) {
                changes.add(new ObjectChange.Delete(key.kind(), key.name()));
            }
        }
        after.forEach((key, object) -> {
            if (!object.equals(before.get(key))) {
                changes.add(new ObjectChange.Put(object));
            }
        });
        return changes;
    }

    /** Takes one object; returns what is different. */
    List<ObjectChange> put(ApiItem item) {
        return switch (item) {
            case ApiItem.Taken(ObjectKey key, ClusterObject object) -> {
                refused.remove(key);
                yield object.equals(objects.put(key, object)) ? List.of() : List.of(new ObjectChange.Put(object));
            }
            case ApiItem.Useless(ObjectKey key) -> delete(key);
            case ApiItem.Refused(ObjectKey key, String what, String reason) -> {
                if (key == null) {
                    unnamed = what + ": " + reason;
                } else {
                    refused.put(key, reason);
                }
                yield List.of();
            }
        };
    }

    List<ObjectChange> delete(ObjectKey key) {
        refused.remove(key);
        return objects.remove(key) == null ? List.of() : List.of(new ObjectChange.Delete(key.kind(), key.name()));
    }

    Map<ObjectKey, ClusterObject> objects() {
        return objects;
    }

    boolean hasRefusals() {
        return !refused.isEmpty() || unnamed != null;
    }

    /** One for each object that is refused, up to a number. */
    void addProblems(List<Problem> problems) {
        refused.entrySet().stream()
                .limit(MAX_PROBLEMS)
                .forEach(entry -> problems.add(new Problem(
                        entry.getKey().toString(),
                        entry.getValue()
                                + (objects.containsKey(entry.getKey())
                                        ? "; its last good version stays in force"
                                        : "; it is not served"))));
        if (refused.size() > MAX_PROBLEMS) {
            problems.add(new Problem("API server", (refused.size() - MAX_PROBLEMS) + " more objects are refused"));
        }
        if (unnamed != null) {
            problems.add(new Problem("API server", unnamed));
        }
    }
}
