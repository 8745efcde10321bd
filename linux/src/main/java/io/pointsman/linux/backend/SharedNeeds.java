package io.pointsman.linux.backend;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Objects that rules need: each exists as long as a rule needs it. Remembers the needs of each rule. Not thread-safe.
 *
 * @param <O> type of the owners that need objects: frontends, mostly
 * @param <T> type of the objects, compared by value
 */
public final class SharedNeeds<O, T> {
    private final Map<O, Set<T>> needs = new HashMap<>();
    private final ReferenceCounts<T> counts = new ReferenceCounts<>();

    /** The objects that a change of needs makes necessary, and those it makes unnecessary. */
    public record Change<T>(Set<T> added, Set<T> removed) {
        public static <T> Change<T> none() {
            return new Change<>(new HashSet<>(), new HashSet<>());
        }

        private void toggle(T object, boolean isNeeded) {
            if (!(isNeeded ? removed : added).remove(object)) {
                (isNeeded ? added : removed).add(object);
            }
        }
    }

    public SharedNeeds() {}

    /**
     * Replaces the needs of these owners; all others keep theirs. An object that moves from one owner to another is in
     * neither set of the result.
     *
     * @param changed an empty set for an owner that is gone
     */
    public Change<T> update(Map<O, Set<T>> changed) {
        final Change<T> change = Change.none();
        changed.forEach((owner, now) -> update(owner, now, change));
        return change;
    }

    /** Replaces the needs of one owner and adds the result to that of other owners. */
    public void update(O owner, Set<T> now, Change<T> change) {
        final Set<T> old = now.isEmpty() ? needs.remove(owner) : needs.put(owner, now);
        counts.replace(old == null ? Set.of() : old, now, object -> change.toggle(object, counts.contains(object)));
    }

    /** Returns all objects that are needed; a view. */
    public Set<T> all() {
        return counts.all();
    }

    public boolean isEmpty() {
        return counts.all().isEmpty();
    }

    public boolean isNeeded(T object) {
        return counts.contains(object);
    }
}
