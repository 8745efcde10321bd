package io.pointsman.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A node of a {@link TrieMap}; immutable. Each level uses five bits of a key's hash, lowest first. */
sealed interface TrieNode<K, V> {
    int BITS_PER_LEVEL = 5;
    int POSITIONS = 1 << BITS_PER_LEVEL;

    /** Mixes high bits into the low ones, which are used first. */
    static int spread(int hash) {
        return hash ^ hash >>> 16;
    }

    /** Returns the node above entries with different keys, whose hashes do not differ below {@code shift}. */
    static <K, V> TrieNode<K, V> of(List<Leaf<K, V>> leaves, int shift) {
        if (leaves.size() == 1) {
            return leaves.getFirst();
        }
        final int hash = leaves.getFirst().hash();
        for (Leaf<K, V> leaf : leaves) {
            if (leaf.hash() != hash) {
                return Branch.of(leaves, shift);
            }
        }
        return new Collision<>(hash, leaves.toArray(array(leaves.size())));
    }

    /** Returns the entry of a key below this node; null if absent. */
    @Nullable
    Leaf<K, V> find(int hash, Object key, int shift);

    /** Returns this node with an entry added or replaced. */
    TrieNode<K, V> with(Leaf<K, V> leaf, int shift);

    /** Returns this node without the entry of a key, which is below it; null if nothing remains. */
    @Nullable
    TrieNode<K, V> without(int hash, K key, int shift);

    /** Returns the direct children, to iterate over. */
    TrieNode<K, V>[] children();

    /** An entry of the map. */
    record Leaf<K, V>(int hash, K key, V value) implements TrieNode<K, V> {
        @Override
        public @Nullable Leaf<K, V> find(int soughtHash, Object soughtKey, int shift) {
            return hash == soughtHash && key.equals(soughtKey) ? this : null;
        }

        @Override
        public TrieNode<K, V> with(Leaf<K, V> leaf, int shift) {
            if (hash != leaf.hash) {
                return Branch.of(this, shift).with(leaf, shift);
            }
            return key.equals(leaf.key) ? leaf : new Collision<>(hash, inserted(arrayOf(this), 1, leaf));
        }

        @Override
        public @Nullable TrieNode<K, V> without(int soughtHash, K soughtKey, int shift) {
            return null;
        }

        @Override
        public TrieNode<K, V>[] children() {
            return array(0);
        }
    }

    /** Two or more entries with different keys and equal hashes. */
    final class Collision<K, V> implements TrieNode<K, V> {
        private final int hash;
        private final TrieNode<K, V>[] leaves;

        private Collision(int hash, TrieNode<K, V>[] leaves) {
            this.hash = hash;
            this.leaves = leaves;
        }

        private int indexOf(int soughtHash, Object key) {
            if (soughtHash == hash) {
                for (int i = 0; i < leaves.length; i++) {
                    if (leaves[i].find(hash, key, 0) != null) {
                        return i;
                    }
                }
            }
            return -1;
        }

        @Override
        public @Nullable Leaf<K, V> find(int soughtHash, Object key, int shift) {
            final int index = indexOf(soughtHash, key);
            return index < 0 ? null : leaves[index].find(soughtHash, key, shift);
        }

        @Override
        public TrieNode<K, V> with(Leaf<K, V> leaf, int shift) {
            if (leaf.hash() != hash) {
                return Branch.of(this, hash, shift).with(leaf, shift);
            }
            final int index = indexOf(hash, leaf.key());
            return new Collision<>(
                    hash, index < 0 ? inserted(leaves, leaves.length, leaf) : replaced(leaves, index, leaf));
        }

        @Override
        public TrieNode<K, V> without(int soughtHash, K key, int shift) {
            final TrieNode<K, V>[] rest = removed(leaves, indexOf(soughtHash, key));
            return rest.length == 1 ? rest[0] : new Collision<>(hash, rest);
        }

        @Override
        public TrieNode<K, V>[] children() {
            return leaves;
        }
    }

    /** Up to 32 nodes; {@code bitmap} marks the used ones of 32 positions, {@code nodes} holds only those, in order. */
    final class Branch<K, V> implements TrieNode<K, V> {
        private final int bitmap;
        private final TrieNode<K, V>[] nodes;

        private Branch(int bitmap, TrieNode<K, V>[] nodes) {
            this.bitmap = bitmap;
            this.nodes = nodes;
        }

        static <K, V> Branch<K, V> of(Leaf<K, V> only, int shift) {
            return of(only, only.hash(), shift);
        }

        static <K, V> Branch<K, V> of(TrieNode<K, V> only, int hash, int shift) {
            return new Branch<>(bit(hash, shift), arrayOf(only));
        }

        /** Returns a branch above two or more entries. */
        static <K, V> Branch<K, V> of(List<Leaf<K, V>> leaves, int shift) {
            final List<List<Leaf<K, V>>> byPosition = new ArrayList<>(Collections.nCopies(POSITIONS, List.of()));
            int bitmap = 0;
            for (Leaf<K, V> leaf : leaves) {
                final int position = position(leaf.hash(), shift);
                if (byPosition.get(position).isEmpty()) {
                    byPosition.set(position, new ArrayList<>());
                    bitmap |= 1 << position;
                }
                byPosition.get(position).add(leaf);
            }
            final TrieNode<K, V>[] nodes = array(Integer.bitCount(bitmap));
            int filled = 0;
            for (List<Leaf<K, V>> some : byPosition) {
                if (!some.isEmpty()) {
                    nodes[filled++] = TrieNode.of(some, shift + BITS_PER_LEVEL);
                }
            }
            return new Branch<>(bitmap, nodes);
        }

        private static int position(int hash, int shift) {
            return hash >>> shift & (POSITIONS - 1);
        }

        private static int bit(int hash, int shift) {
            return 1 << position(hash, shift);
        }

        private int indexOf(int bit) {
            return Integer.bitCount(bitmap & (bit - 1));
        }

        @Override
        public @Nullable Leaf<K, V> find(int hash, Object key, int shift) {
            final int bit = bit(hash, shift);
            return (bitmap & bit) == 0 ? null : nodes[indexOf(bit)].find(hash, key, shift + BITS_PER_LEVEL);
        }

        @Override
        public TrieNode<K, V> with(Leaf<K, V> leaf, int shift) {
            final int bit = bit(leaf.hash(), shift);
            final int index = indexOf(bit);
            if ((bitmap & bit) == 0) {
                return new Branch<>(bitmap | bit, inserted(nodes, index, leaf));
            }
            return new Branch<>(bitmap, replaced(nodes, index, nodes[index].with(leaf, shift + BITS_PER_LEVEL)));
        }

        @Override
        public @Nullable TrieNode<K, V> without(int hash, K key, int shift) {
            final int bit = bit(hash, shift);
            final int index = indexOf(bit);
            final TrieNode<K, V> rest = nodes[index].without(hash, key, shift + BITS_PER_LEVEL);
            if (rest != null) {
                // a lone entry moves up, so that equal maps have equal shapes and paths stay short
                return nodes.length == 1 && !(rest instanceof Branch)
                        ? rest
                        : new Branch<>(bitmap, replaced(nodes, index, rest));
            }
            if (nodes.length == 1) {
                return null;
            }
            final TrieNode<K, V>[] others = removed(nodes, index);
            return others.length == 1 && !(others[0] instanceof Branch)
                    ? others[0]
                    : new Branch<>(bitmap ^ bit, others);
        }

        @Override
        public TrieNode<K, V>[] children() {
            return nodes;
        }
    }

    @SuppressWarnings("unchecked") // a new array; callers store nodes of these types only
    private static <K, V> TrieNode<K, V>[] array(int length) {
        return (TrieNode<K, V>[]) new TrieNode<?, ?>[length];
    }

    private static <K, V> TrieNode<K, V>[] arrayOf(TrieNode<K, V> only) {
        final TrieNode<K, V>[] array = array(1);
        array[0] = only;
        return array;
    }

    private static <T> T[] inserted(T[] array, int index, T element) {
        final T[] longer = Arrays.copyOf(array, array.length + 1);
        System.arraycopy(array, index, longer, index + 1, array.length - index);
        longer[index] = element;
        return longer;
    }

    private static <T> T[] replaced(T[] array, int index, T element) {
        final T[] copy = array.clone();
        copy[index] = element;
        return copy;
    }

    private static <T> T[] removed(T[] array, int index) {
        final T[] shorter = Arrays.copyOf(array, array.length - 1);
        System.arraycopy(array, index + 1, shorter, index, shorter.length - index);
        return shorter;
    }
}
