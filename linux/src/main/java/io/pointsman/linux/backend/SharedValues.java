package io.pointsman.linux.backend;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Things that several want at once, each with a value of its own: the value of the last of them, in order, counts. Not thread-safe.
 *
 * @param <K> the things
 * @param <O> who wants them
 * @param <V> their values
 */
public final class SharedValues<K, O extends Comparable<O>, V> {
    /** Almost always of one entry. */
    private final Map<K, Map<O, V>> claims = new HashMap<>();

    private final Map<O, Map<K, V>> owned = new HashMap<>();

    public SharedValues() {}

    /** Puts an owner's claims in place of its earlier ones; {@code touched} hears of each thing that may have changed. */
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

    /** The value that counts; empty when nobody wants the thing. */
    public Optional<V> value(K thing) {
        return claims.getOrDefault(thing, Map.of()).values().stream().reduce((_, last) -> last);
    }

    /** Who wants it, in order. */
    public Set<O> owners(K thing) {
        return claims.getOrDefault(thing, Map.of()).keySet();
    }

    /** All that somebody wants. */
    public Set<K> things() {
        return claims.keySet();
    }
}
