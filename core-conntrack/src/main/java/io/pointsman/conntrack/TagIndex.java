package io.pointsman.conntrack;

import io.pointsman.packet.RawMemory;

/**
 * Finds a key's slot with one look at a few bytes. Slots come in groups of 7, groups in lines of 8; each group has one
 * index word:
 *
 * <pre>
 * byte 0..6  tag of the slot: 0 free, else 8 bits of the hash, 1 for none of them
 * byte 7     how many keys were placed further on because this group was full; 255 stays for good
 * </pre>
 *
 * A key's groups are those of its home line, from its home group on and around, then of up to {@value #LINES_PER_KEY} - 1
 * other lines. A search ends at the first group that no key passed: so slots are freed without leaving tombstones. Whoever
 * places a key counts it in the groups it passes before it can be found, whoever removes it uncounts it after.
 */
final class TagIndex {
    static final int GROUP_SLOTS = 7;
    static final int LINE_GROUPS = 8;
    static final int LINE_SLOTS = GROUP_SLOTS * LINE_GROUPS;
    static final int LINES_PER_KEY = 12;

    static final int NONE = -1;

    private static final long LOW_BITS = 0x0001_0101_0101_0101L;
    private static final long HIGH_BITS = 0x0080_8080_8080_8080L;
    private static final long OTHER_BITS = 0x007F_7F7F_7F7F_7F7FL;
    private static final int COUNT_SHIFT = 56;
    private static final long ONE_PASSED = 1L << COUNT_SHIFT;
    private static final int STICKY = 255;
    private static final long REHASH = 0x9E37_79B9_7F4A_7C15L;

    private final long words;
    private final int groups;
    private final int steps;

    TagIndex(long address, int lines) {
        words = address;
        groups = lines * LINE_GROUPS;
        steps = Math.min(lines, LINES_PER_KEY) * LINE_GROUPS;
    }

    /** Groups a search looks at, at most: bounds what anybody can make a packet cost. */
    int steps() {
        return steps;
    }

    int groups() {
        return groups;
    }

    /** The first group to look at. */
    int home(long hash) {
        return (int) Math.unsignedMultiplyHigh(hash, groups);
    }

    /** The group that is looked at after {@code step} others. */
    int group(long hash, int step) {
        final int home = home(hash);
        final int first = step < LINE_GROUPS ? home : home((hash ^ step >>> 3) * REHASH);
        return (first & -LINE_GROUPS) | ((home + step) & (LINE_GROUPS - 1));
    }

    /** Of a group's word, absolute. */
    long address(int group) {
        return words + (long) group * Long.BYTES;
    }

    /** Acquire, pairs with the compare-and-set that placed a tag. */
    long wordAcquire(int group) {
        return RawMemory.getLongAcquire(words + (long) group * Long.BYTES);
    }

    /** For a first look, which another has to confirm. */
    long wordPlain(int group) {
        return RawMemory.getLong(words + (long) group * Long.BYTES);
    }

    long wordVolatile(int group) {
        return RawMemory.getLongVolatile(words + (long) group * Long.BYTES);
    }

    /** The tag of a hash in every byte, to be compared with a word. */
    static long pattern(long hash) {
        return tag(hash) * LOW_BITS;
    }

    private static long tag(long hash) {
        final long bits = hash & 0xFF;
        return bits + ((bits - 1) >>> 63); // 0 becomes 1
    }

    /** One bit in each byte whose tag is the pattern's; rarely also in a byte after such a one. */
    static long matches(long word, long pattern) {
        final long difference = word ^ pattern;
        return difference - LOW_BITS & ~difference & HIGH_BITS;
    }

    static long free(long word) {
        return ~occupied(word) & HIGH_BITS;
    }

    static long occupied(long word) {
        return (((word & OTHER_BITS) + OTHER_BITS) | word) & HIGH_BITS;
    }

    static int position(long bits) {
        return Long.numberOfTrailingZeros(bits) >>> 3;
    }

    /** The position times two to the power of {@code shift}, 3 or more. */
    static long offset(long bits, int shift) {
        return (Long.numberOfTrailingZeros(bits) & 0x38L) << (shift - 3);
    }

    static boolean isPassed(long word) {
        return word >>> COUNT_SHIFT != 0;
    }

    /** Takes a slot for a hash; its number, or {@link #NONE} when every group of the hash is full. */
    int claim(long hash) { // nearly always the home group: by itself it is little enough to be inlined
        final int home = home(hash);
        final long at = address(home);
        final long word = RawMemory.getLongVolatile(at);
        final long free = free(word);
        if (free != 0) {
            final int position = position(free);
            if (RawMemory.compareAndSetLong(at, word, word | (tag(hash) << (position * 8)))) {
                return home * GROUP_SLOTS + position;
            }
        }
        return claimAnywhere(hash);
    }

    private int claimAnywhere(long hash) {
        final long tag = tag(hash);
        for (int step = 0; step < steps; step++) {
            final int group = group(hash, step);
            final long at = words + (long) group * Long.BYTES;
            while (true) { // ends: each failed attempt is another thread's success
                final long word = RawMemory.getLongVolatile(at);
                final long free = free(word);
                if (free != 0) {
                    final int position = position(free);
                    if (RawMemory.compareAndSetLong(at, word, word | (tag << (position * 8)))) {
                        return group * GROUP_SLOTS + position;
                    }
                } else if (word >>> COUNT_SHIFT == STICKY || RawMemory.compareAndSetLong(at, word, word + ONE_PASSED)) {
                    break;
                }
            }
        }
        for (int step = 0; step < steps; step++) {
            unpass(group(hash, step));
        }
        return NONE;
    }

    /** Gives a slot back that was claimed for this hash. */
    void release(long hash, int slot) {
        final int own = slot / GROUP_SLOTS;
        final long at = words + (long) own * Long.BYTES;
        final long mask = ~(0xFFL << ((slot % GROUP_SLOTS) * 8));
        long word = RawMemory.getLongVolatile(at);
        while (!RawMemory.compareAndSetLong(at, word, word & mask)) {
            word = RawMemory.getLongVolatile(at);
        }
        for (int step = 0; step < steps; step++) {
            final int group = group(hash, step);
            if (group == own) {
                return;
            }
            unpass(group);
        }
    }

    private void unpass(int group) {
        final long at = words + (long) group * Long.BYTES;
        while (true) { // ends: each failed attempt is another thread's success
            final long word = RawMemory.getLongVolatile(at);
            final long count = word >>> COUNT_SHIFT;
            if (count == STICKY || count == 0 || RawMemory.compareAndSetLong(at, word, word - ONE_PASSED)) {
                return;
            }
        }
    }
}
