package io.pointsman.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrieMapTest {
    /** A key whose hash the test chooses. */
    record Key(int id, int hash) {
        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** Number of distinct hashes: 1 makes every key collide, 40 has partial and full collisions, the last almost none. */
    @ParameterizedTest
    @ValueSource(ints = {1, 40, 1 << 30})
    void shouldAgreeWithHashMapWhenChangedAtRandom(int hashes) {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final Key[] keys = new Key[300];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = new Key(i, random.nextInt(hashes) * 0x9E37_79B9);
        }
        final Map<Key, Integer> expected = new HashMap<>();
        TrieMap<Key, Integer> map = TrieMap.empty();
        for (int step = 0; step < 5_000; step++) {
            final Key key = keys[random.nextInt(keys.length)];
            if (random.nextInt(5) < 3) {
                map = map.with(key, step);
                expected.put(key, step);
            } else {
                map = map.without(key);
                expected.remove(key);
            }
            assertThat(map.get(key)).as("seed %d, step %d", seed, step).isEqualTo(expected.get(key));
            assertThat(map).as("seed %d, step %d", seed, step).hasSize(expected.size());
            if (step % 250 == 0) {
                assertThat((Map<Key, Integer>) map)
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(expected);
                assertThat(new HashMap<>(map))
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(expected);
            }
        }
        for (Key key : keys) {
            map = map.without(key);
        }
        assertThat(map).as("seed %d", seed).isSameAs(TrieMap.empty());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 1 << 30})
    void shouldAgreeWithHashMapWhenManyEntriesChangeAtOnce(int hashes) {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final Map<Key, Integer> expected = new HashMap<>();
        TrieMap<Key, Integer> map = TrieMap.empty();
        for (int step = 0; step < 100; step++) {
            final Map<Key, @Nullable Integer> changes = new HashMap<>();
            for (int i = random.nextInt(step == 0 ? 2000 : 20); i >= 0; i--) {
                final int id = random.nextInt(2000);
                changes.put(new Key(id, id % hashes * 0x9E37_79B9), random.nextInt(4) == 0 ? null : step);
            }
            map = map.withAll(changes);
            for (Map.Entry<Key, @Nullable Integer> change : changes.entrySet()) {
                final Integer value = change.getValue();
                if (value == null) {
                    expected.remove(change.getKey());
                } else {
                    expected.put(change.getKey(), value);
                }
            }
            assertThat(new HashMap<>(map)).as("seed %d, step %d", seed, step).isEqualTo(expected);
            assertThat(map).as("seed %d, step %d", seed, step).hasSize(expected.size());
        }
        for (Key key : expected.keySet()) {
            map = map.without(key); // needs the shapes that single changes make
        }
        assertThat(map).as("seed %d", seed).isSameAs(TrieMap.empty());
    }

    @Test
    void shouldLeaveEarlierMapAloneWhenASuccessorIsMade() {
        TrieMap<Integer, String> before = TrieMap.empty();
        for (int i = 0; i < 1000; i++) {
            before = before.with(i, "old");
        }
        final TrieMap<Integer, String> after = before.with(7, "new").without(8);

        assertThat(before).containsEntry(7, "old").containsEntry(8, "old").hasSize(1000);
        assertThat(after).containsEntry(7, "new").doesNotContainKey(8).hasSize(999);
    }

    @Test
    void shouldBeTheSameMapWhenNothingChanges() {
        final TrieMap<Integer, String> map = TrieMap.<Integer, String>empty().with(1, "one");

        assertThat(map.with(1, "one")).isSameAs(map);
        assertThat(map.without(2)).isSameAs(map);
    }

    @Test
    void shouldRefuseWrites() {
        final Map<Integer, String> map = TrieMap.<Integer, String>empty().with(1, "one");

        assertThatThrownBy(() -> map.put(2, "two")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> map.remove(1)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> map.entrySet().iterator().next().setValue("x"))
                .isInstanceOf(UnsupportedOperationException.class);
    }
}
