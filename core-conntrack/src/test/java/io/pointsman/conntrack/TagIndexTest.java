package io.pointsman.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TagIndexTest {
    private static final int WORDS = 100_000;

    private final Random random = new Random(17);

    /** Bytes of the kinds that carry or borrow from their neighbours. */
    private long word() {
        final int[] kinds = {0x00, 0x01, 0x7F, 0x80, 0x81, 0xFF};
        long word = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            final int kind = random.nextInt(kinds.length + 1);
            word = word << 8 | (kind < kinds.length ? kinds[kind] : random.nextInt(256));
        }
        return word;
    }

    private static int tag(long word, int position) {
        return (int) (word >>> (position * 8)) & 0xFF;
    }

    private static long bit(int position) {
        return 0x80L << (position * 8);
    }

    @Test
    void shouldTellOccupiedFromFreeWhateverTheTagsBeside() {
        for (int n = 0; n < WORDS; n++) {
            final long word = word();
            long occupied = 0;
            long free = 0;
            for (int position = 0; position < TagIndex.GROUP_SLOTS; position++) {
                occupied |= tag(word, position) != 0 ? bit(position) : 0;
                free |= tag(word, position) == 0 ? bit(position) : 0;
            }
            assertThat(TagIndex.occupied(word)).as("%x", word).isEqualTo(occupied);
            assertThat(TagIndex.free(word)).as("%x", word).isEqualTo(free);
        }
    }

    @Test
    void shouldFindEveryTagThatIsTheHashs() {
        for (int n = 0; n < WORDS; n++) {
            final long word = word();
            final long hash = word();
            final long pattern = TagIndex.pattern(hash);
            final int tag = (int) pattern & 0xFF;
            assertThat(tag).isNotZero();
            long same = 0;
            for (int position = 0; position < TagIndex.GROUP_SLOTS; position++) {
                same |= tag(word, position) == tag ? bit(position) : 0;
            }
            final long matches = TagIndex.matches(word, pattern);
            assertThat(matches & same).as("%x in %x", tag, word).isEqualTo(same);
            assertThat(Long.lowestOneBit(matches)).as("%x in %x", tag, word).isEqualTo(Long.lowestOneBit(same));
        }
    }

    @Test
    void shouldLookAtAllGroupsOfTheHomeLineBeforeAnother() {
        final int lines = 1 + random.nextInt(1000);
        final TagIndex index = new TagIndex(0, lines);
        for (int n = 0; n < 1000; n++) {
            final long hash = random.nextLong();
            final int first = index.home(hash) / TagIndex.LINE_GROUPS * TagIndex.LINE_GROUPS;
            assertThat(index.group(hash, 0)).isEqualTo(index.home(hash));
            assertThat(IntStream.range(0, TagIndex.LINE_GROUPS).map(step -> index.group(hash, step)))
                    .containsExactlyInAnyOrder(IntStream.range(first, first + TagIndex.LINE_GROUPS)
                            .boxed()
                            .toArray(Integer[]::new));
            assertThat(IntStream.range(0, index.steps()).map(step -> index.group(hash, step)))
                    .allMatch(group -> group >= 0 && group < index.groups());
        }
    }
}
