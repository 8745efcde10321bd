package io.pointsman.linux.backend;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Keys for which several owners want a value at once: the value of the last owner, in order, counts. Not thread-safe.
 *
 * @param <K> type of the keys
 * @param <O> type of the owners
 * @param <V> type of the values
 */
public final class SharedValues<K, O extends Comparable<O>, V> {
    /** Values by key and owner; almost always one owner. */
    private final Map<K, Map<O, V>> claims = new HashMap<>();

    private final Map<O, Map<K, V>> owned = new HashMap<>();

    public SharedValues() {}

    /** Replaces an owner's claims; calls {@code touched} for each key whose value may have changed. */
    public void replace(O owner, Map<K, V> after, BiConsumer<K, Optional<V>> touched) {
        final Map<K, V> earlier = after.isEmpty() ? owned.remove(owner) : owned.put(owner, after);
        final Map<K, V> before = earlier == null ? Map.of() : earlier;
        before.forEach((thing, value) -> {
            if (!after.containsKey(thing)) {
                withdraw(owner, thing);
                touched.accept(thing, value(thing));
            }
        });
        after.forEach((thing, value) -> {
            if (!value.equals(before.get(thing))) {
                claim(owner, thing, value);
                touched.accept(thing, value(thing));
            }
        });
    }

    private void claim(O owner, K thing, V value) {
        final Map<O, V> others = claims.get(thing);
        if (others == null || (others.size() == 1 && others.containsKey(owner))) {
            claims.put(thing, Map.of(owner, value));
        } else {
            final Map<O, V> more = new TreeMap<>(others);
            more.put(owner, value);
            claims.put(thing, more);
        }
    }

    private void withdraw(O owner, K thing) {
        final Map<O, V> fewer = new TreeMap<>(claims.getOrDefault(thing, Map.of()));
        fewer.remove(owner);
        if (fewer.isEmpty()) {
            claims.remove(thing);
        } else {
            claims.put(thing, fewer.size() == 1 ? Map.copyOf(fewer) : fewer);
        }
    }

    /** Returns the value that counts; empty if no owner wants the key. */
    public Optional<V> value(K thing) {
        return claims.getOrDefault(thing, Map.of()).values().stream().reduce((_, last) -> last);
    }

    /** Returns the owners that want a key, in order. */
    public Set<O> owners(K thing) {
        return claims.getOrDefault(thing, Map.of()).keySet();
    }

    /** Returns all keys that an owner wants. */
    public Set<K> things() {
        return claims.keySet();
    }
}
