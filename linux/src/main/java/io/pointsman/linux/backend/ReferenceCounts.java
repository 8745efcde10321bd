package io.pointsman.linux.backend;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Counts of the users of shared objects: an object exists from its first user to its last. Not thread-safe.
 *
 * @param <T> type of the objects, compared by value
 */
public final class ReferenceCounts<T> {
    private final Map<T, Integer> counts = new HashMap<>();

    public ReferenceCounts() {}

    /**
     * Replaces the objects that one user has. Added objects are counted before removed ones.
     *
     * @param changed called once for each object that got its first user or lost its last; {@link #contains} says which
     */
    public void replace(Set<T> before, Set<T> after, Consumer<T> changed) {
        for (T each : after) {
            if (!before.contains(each) && counts.merge(each, 1, Integer::sum) == 1) {
                changed.accept(each);
            }
        }
        for (T each : before) {
            if (!after.contains(each)
                    && counts.computeIfPresent(each, (_, count) -> count == 1 ? null : count - 1) == null) {
                changed.accept(each);
            }
        }
    }

    /** Whether the object has a user. */
    public boolean contains(T object) {
        return counts.containsKey(object);
    }

    /** Returns the objects that have a user; a view. */
    public Set<T> all() {
        return Collections.unmodifiableSet(counts.keySet());
    }
}
