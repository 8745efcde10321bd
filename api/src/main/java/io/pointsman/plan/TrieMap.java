package io.pointsman.plan;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An immutable hash map whose copies share what did not change: {@link #with} and {@link #without} copy one path from the
 * root, at most seven nodes of at most 32 slots. A hash array mapped trie (Bagwell, "Ideal Hash Trees", 2001). Neither keys
 * nor values are null; iterates in no particular order.
 */
final class TrieMap<K, V> extends AbstractMap<K, V> {
    private static final TrieMap<?, ?> EMPTY = new TrieMap<>(null, 0);

    private final @Nullable TrieNode<K, V> root;
    private final int size;

    private TrieMap(@Nullable TrieNode<K, V> root, int size) {
        this.root = root;
        this.size = size;
    }

    @SuppressWarnings("unchecked") // holds neither keys nor values, so it is a map of any
    static <K, V> TrieMap<K, V> empty() {
        return (TrieMap<K, V>) EMPTY;
    }

    /** Returns a map with these keys set to their values, or without them where the value is null. */
    TrieMap<K, V> withAll(Map<K, @Nullable V> changes) {
        if (isEmpty()) {
            return ofPresent(changes);
        }
        TrieMap<K, V> changed = this;
        for (Map.Entry<K, @Nullable V> change : changes.entrySet()) {
            final V value = change.getValue();
            changed = value == null ? changed.without(change.getKey()) : changed.with(change.getKey(), value);
        }
        return changed;
    }

    /** Returns a map of the entries that have a value, built at once instead of by the copy of a path for each. */
    private static <K, V> TrieMap<K, V> ofPresent(Map<K, @Nullable V> map) {
        final List<TrieNode.Leaf<K, V>> leaves = new ArrayList<>(map.size());
        map.forEach((key, value) -> {
            if (value != null) {
                leaves.add(new TrieNode.Leaf<>(TrieNode.spread(key.hashCode()), key, value));
            }
        });
        return leaves.isEmpty() ? empty() : new TrieMap<>(TrieNode.of(leaves, 0), leaves.size());
    }

    /** Returns a map with the key's value set; this map if the value is the same. */
    TrieMap<K, V> with(K key, V value) {
        final var leaf = new TrieNode.Leaf<>(TrieNode.spread(key.hashCode()), key, value);
        if (root == null) {
            return new TrieMap<>(leaf, 1);
        }
        final TrieNode.Leaf<K, V> previous = root.find(leaf.hash(), key, 0);
        if (previous != null && previous.value().equals(value)) {
            return this;
        }
        return new TrieMap<>(root.with(leaf, 0), previous == null ? size + 1 : size);
    }

    /** Returns a map without the key; this map if it has no such key. */
    TrieMap<K, V> without(K key) {
        if (root == null || !containsKey(key)) {
            return this;
        }
        final TrieNode<K, V> shrunk = root.without(TrieNode.spread(key.hashCode()), key, 0);
        return shrunk == null ? empty() : new TrieMap<>(shrunk, size - 1);
    }

    @Override
    public @Nullable V get(@Nullable Object key) {
        final TrieNode.Leaf<K, V> leaf = leaf(key);
        return leaf == null ? null : leaf.value();
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return leaf(key) != null;
    }

    private TrieNode.@Nullable Leaf<K, V> leaf(@Nullable Object key) {
        return root == null || key == null ? null : root.find(TrieNode.spread(key.hashCode()), key, 0);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Set<Entry<K, V>> entrySet() {
        return new Entries();
    }

    private final class Entries extends AbstractSet<Entry<K, V>> {
        @Override
        public Iterator<Entry<K, V>> iterator() {
            return new TrieIterator<>(root);
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public boolean contains(@Nullable Object object) {
            return object instanceof Entry<?, ?> entry
                    && containsKey(entry.getKey())
                    && Objects.equals(get(entry.getKey()), entry.getValue());
        }
    }
}
