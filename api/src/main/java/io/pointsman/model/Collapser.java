package io.pointsman.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what changed since the last checkpoint as (before, now) pairs: however often a value changes, it is one
 * change, and none once it is back to what it was. Not thread-safe.
 */
final class Collapser<K, V> {
    private final Map<K, Optional<V>> before = new LinkedHashMap<>();

    /** Notes that the value of a key was {@code previous} and is {@code current} now; null for none. */
    void note(K key, @Nullable V previous, @Nullable V current) {
        final Optional<V> first = before.getOrDefault(key, Optional.ofNullable(previous));
        if (Objects.equals(first.orElse(null), current)) {
            before.remove(key);
        } else {
            before.putIfAbsent(key, first);
        }
    }

    /** Keys whose value differs from that at the checkpoint, in the order of their first change. */
    Set<K> changed() {
        return before.keySet();
    }

    void checkpoint() {
        before.clear();
    }
}
