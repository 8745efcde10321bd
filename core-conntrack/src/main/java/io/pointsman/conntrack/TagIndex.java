package io.pointsman.conntrack;

import io.pointsman.packet.RawMemory;

/**
 * The index of a {@link FlowTable}: finds the slots that may hold a key, by one 64-bit word for every seven slots.
 *
 * <h2>Layout</h2>
 *
 * Slots stand in groups of {@value #GROUP_SLOTS}, groups in lines of {@value #LINE_GROUPS}. Each group has one word, and the
 * words of a line are one cache line:
 *
 * <pre>
 * byte 0..6  tag of each slot: 0 for a free slot, else 8 bits of the key's hash (a hash whose 8 bits are 0 has tag 1)
 * byte 7     overflow count: number of keys that found this group full and were placed in a later one
 * </pre>
 *
 * <h2>Search</h2>
 *
 * {@link #matches} compares all seven tags at once. It XORs the word with the wanted tag in every byte, so that an equal tag
 * becomes a zero byte, and finds the zero bytes (Hacker's Delight, section 6-1). It may also flag the byte above a match;
 * comparing the keys sorts that out. In a full group without the key, a slot has the wanted tag by chance with a probability
 * of about 7/256; that costs one needless look at a slot.
 *
 * <p>A search tries the groups of a key in a fixed order: first the home group, then the seven others of its line, which are
 * in the same cache line and cost no further miss, then the lines that rehashing gives, {@value #LINES_PER_KEY} lines in
 * all. It stops at the first group whose overflow count is 0, because no key was ever placed beyond that group. No search
 * looks at more than {@code LINES_PER_KEY * LINE_GROUPS} groups, even if an attacker chose the keys.
 *
 * <h2>Overflow counts instead of tombstones</h2>
 *
 * With open addressing, a search must know whether to go on after a full group. If removal simply emptied a slot, a search
 * that stops at a free slot would miss the keys placed beyond it. Tables usually leave a mark in the removed slot instead, a
 * tombstone. Tombstones accumulate as flows come and go and make searches longer until the table is rebuilt, which would
 * stop every thread.
 *
 * <p>Here each key that passes a full group increments that group's count, and its removal decrements the count (as in F14,
 * see {@link FlowTable}). The order matters to concurrent readers: counts are raised before the tag is placed and lowered
 * after the tag is removed, so that a search reaches every tag that is in place. A count that reaches {@value #STICKY} never
 * falls: searches always go on past that group, which costs time but is correct.
 *
 * <p>All changes are compare-and-set loops on one word; each failed attempt is another thread's success.
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
    private static final long ONE_OVERFLOW = 1L << COUNT_SHIFT;
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

    /** Most groups that one search looks at, which bounds the cost of a packet. */
    int steps() {
        return steps;
    }

    int groups() {
        return groups;
    }

    /** Returns the group that a search looks at first. */
    int home(long hash) {
        return (int) Math.unsignedMultiplyHigh(hash, groups);
    }

    /** Returns the group that a search looks at after {@code step} others. */
    int group(long hash, int step) {
        final int home = home(hash);
        final int first = step < LINE_GROUPS ? home : home((hash ^ step >>> 3) * REHASH);
        return (first & -LINE_GROUPS) | ((home + step) & (LINE_GROUPS - 1));
    }

    /** Absolute address of a group's word. */
    long address(int group) {
        return words + (long) group * Long.BYTES;
    }

    /**
     * Returns the {@link #address} of the word of the group at {@code step} of a search; {@code step} is below
     * {@link #LINE_GROUPS}.
     */
    static long addressBehind(long homeAddress, int step) {
        return RawMemory.linePointer(homeAddress)
                | ((homeAddress + (long) step * Long.BYTES) & (LINE_GROUPS * Long.BYTES - 1));
    }

    /** Reads a group's word. Acquire; pairs with the compare-and-set that placed a tag. */
    long wordAcquire(int group) {
        return RawMemory.getLongAcquire(words + (long) group * Long.BYTES);
    }

    /** Reads a group's word plainly: the result is a hint to be confirmed. */
    long wordPlain(int group) {
        return RawMemory.getLong(words + (long) group * Long.BYTES);
    }

    long wordVolatile(int group) {
        return RawMemory.getLongVolatile(words + (long) group * Long.BYTES);
    }

    /** Returns a word with the hash's tag in each of the seven tag bytes. */
    static long pattern(long hash) {
        return tag(hash) * LOW_BITS;
    }

    private static long tag(long hash) {
        final long bits = hash & 0xFF;
        return bits + ((bits - 1) >>> 63); // 0 becomes 1
    }

    /** Returns the highest bit of each byte whose tag equals the pattern's; rarely also that of the byte above. */
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

    /** Returns {@link #position} shifted left by {@code shift}, which is 3 or more. */
    static long offset(long bits, int shift) {
        return (Long.numberOfTrailingZeros(bits) & 0x38L) << (shift - 3);
    }

    static boolean hasOverflow(long word) {
        return word >>> COUNT_SHIFT != 0;
    }

    /** Takes a free slot for a hash. Returns its number, or {@link #NONE} when every group of the hash is full. */
    int claim(long hash) { // the home group is handled separately: the common case is then small enough to be inlined
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
            while (true) { // terminates: each failed attempt is another thread's success
                final long word = RawMemory.getLongVolatile(at);
                final long free = free(word);
                if (free != 0) {
                    final int position = position(free);
                    if (RawMemory.compareAndSetLong(at, word, word | (tag << (position * 8)))) {
                        return group * GROUP_SLOTS + position;
                    }
                } else if (word >>> COUNT_SHIFT == STICKY
                        || RawMemory.compareAndSetLong(at, word, word + ONE_OVERFLOW)) {
                    break;
                }
            }
        }
        for (int step = 0; step < steps; step++) {
            decrementOverflow(group(hash, step));
        }
        return NONE;
    }

    /** Frees a slot that was claimed for this hash. */
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
            decrementOverflow(group);
        }
    }

    private void decrementOverflow(int group) {
        final long at = words + (long) group * Long.BYTES;
        while (true) { // terminates: each failed attempt is another thread's success
            final long word = RawMemory.getLongVolatile(at);
            final long count = word >>> COUNT_SHIFT;
            if (count == STICKY || count == 0 || RawMemory.compareAndSetLong(at, word, word - ONE_OVERFLOW)) {
                return;
            }
        }
    }
}
