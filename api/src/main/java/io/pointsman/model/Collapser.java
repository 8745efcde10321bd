package io.pointsman.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what changed since the last checkpoint as (before, now) pairs. A value that changes several times counts as one
 * change; a value that is back to what it was counts as none. Not thread-safe.
 */
final class Collapser<K, V> {
    private final Map<K, Optional<V>> before = new LinkedHashMap<>();

    /** Notes that the value of a key was {@code previous} and is now {@code current}; null means no value. */
    void note(K key, @Nullable V previous, @Nullable V current) {
        final Optional<V> first = before.getOrDefault(key, Optional.ofNullable(previous));
        if (Objects.equals(first.orElse(null), current)) {
            before.remove(key);
        } else {
            before.putIfAbsent(key, first);
        }
    }

    /** Returns the keys whose value differs from that at the checkpoint, in the order of their first change. */
    Set<K> changed() {
        return before.keySet();
    }

    void checkpoint() {
        before.clear();
    }
}
