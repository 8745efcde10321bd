package io.pointsman.spi.userspace;

import io.pointsman.plan.Frontend;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Things that rules need, each there as long as some rule needs it. Not thread-safe. */
final class OwnerIndex<T> {
    private final Map<Frontend, Set<T>> needs = new HashMap<>();
    private final Map<T, Set<Frontend>> owners = new HashMap<>();

    /** What a change of needs comes to. */
    record Change<T>(Set<T> added, Set<T> removed) {
        boolean isEmpty() {
            return added.isEmpty() && removed.isEmpty();
        }
    }

    /** From now on these rules need these things, none meaning the rule is gone; all others what they needed before. */
    Change<T> update(Map<Frontend, Set<T>> changed) {
        final Set<T> touched = new HashSet<>();
        final Set<T> before = new HashSet<>();
        changed.forEach((frontend, now) -> {
            touched.addAll(now);
            touched.addAll(needs.getOrDefault(frontend, Set.of()));
        });
        touched.stream().filter(owners::containsKey).forEach(before::add);
        changed.forEach(this::replace);
        final Set<T> added = new HashSet<>();
        final Set<T> removed = new HashSet<>();
        for (T thing : touched) {
            if (owners.containsKey(thing) && !before.contains(thing)) {
                added.add(thing);
            } else if (!owners.containsKey(thing) && before.contains(thing)) {
                removed.add(thing);
            }
        }
        return new Change<>(added, removed);
    }

    private void replace(Frontend frontend, Set<T> now) {
        final Set<T> old = now.isEmpty() ? needs.remove(frontend) : needs.put(frontend, now);
        if (old != null) {
            for (T thing : old) {
                owners.computeIfPresent(thing, (_, all) -> {
                    all.remove(frontend);
                    return all.isEmpty() ? null : all;
                });
            }
        }
        for (T thing : now) {
            owners.computeIfAbsent(thing, _ -> new HashSet<>()).add(frontend);
        }
    }

    /** All that is needed. */
    Set<T> all() {
        return Set.copyOf(owners.keySet());
    }

    boolean isEmpty() {
        return owners.isEmpty();
    }

    boolean isNeeded(T thing) {
        return owners.containsKey(thing);
    }
}
