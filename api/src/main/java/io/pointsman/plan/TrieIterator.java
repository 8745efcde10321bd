package io.pointsman.plan;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Walks the entries of a trie, depth first. */
final class TrieIterator<K, V> implements Iterator<Map.Entry<K, V>> {
    private final ArrayDeque<TrieNode<K, V>> ahead = new ArrayDeque<>();

    TrieIterator(@Nullable TrieNode<K, V> root) {
        if (root != null) {
            ahead.push(root);
        }
    }

    @Override
    public boolean hasNext() {
        return !ahead.isEmpty();
    }

    @Override
    public Map.Entry<K, V> next() {
        while (!ahead.isEmpty()) {
            final TrieNode<K, V> node = ahead.pop();
            if (node instanceof TrieNode.Leaf<K, V> leaf) {
                return Map.entry(leaf.key(), leaf.value());
            }
            for (TrieNode<K, V> child : node.children()) {
                ahead.push(child);
            }
        }
        throw new NoSuchElementException("no more entries");
    }
}
