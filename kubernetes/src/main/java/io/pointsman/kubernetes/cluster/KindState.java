package io.pointsman.kubernetes.cluster;

import io.pointsman.kubernetes.api.ApiItem;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectDiff;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ServiceSource.Problem;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The server's valid objects of one kind. Not thread-safe. */
final class KindState {
    private static final int MAX_PROBLEMS = 100; // enough for a reader, and there may be thousands

    private Map<ObjectKey, ClusterObject> objects = new HashMap<>();
    private Map<ObjectKey, String> refused = new HashMap<>();
    private @Nullable String unnamed;

    /** Replaces all objects; returns the changes, deletions first. */
    List<ObjectChange> replace(Listing listing) {
        final Map<ObjectKey, ClusterObject> now = listing.objects;
        objects.forEach((key, before) -> {
            // A refused object keeps its last good version; one without a name may be any of those missing.
            if (listing.unnamed() != null || listing.refused.containsKey(key)) {
                now.putIfAbsent(key, before);
            }
        });
        final List<ObjectChange> changes = ObjectDiff.between(objects, now);
        objects = now;
        refused = listing.refused;
        unnamed = listing.unnamed();
        return changes;
    }

    /** Adds or replaces one object; returns the changes. */
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
        return objects.remove(key) == null ? List.of() : List.of(ObjectChange.Delete.of(key));
    }

    Map<ObjectKey, ClusterObject> objects() {
        return objects;
    }

    boolean hasRefusals() {
        return !refused.isEmpty() || unnamed != null;
    }

    /** Adds a problem for each refused object, up to a maximum. */
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
