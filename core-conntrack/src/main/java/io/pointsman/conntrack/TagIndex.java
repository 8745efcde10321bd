package io.pointsman.conntrack;

import io.pointsman.packet.RawMemory;

/**
 * The index of a {@link FlowTable}: finds the slots that may hold a key by looking at eight bytes for seven slots.
 *
 * <h2>Layout</h2>
 *
 * Slots stand in groups of {@value #GROUP_SLOTS}, groups in lines of {@value #LINE_GROUPS}. Each group has one 64-bit word, so a
 * line of words is one cache line of the index:
 *
 * <pre>
 * byte 0..6  tag of each slot: 0 for a free slot, else 8 bits of the key's hash (a hash whose bits are 0 has tag 1)
 * byte 7     overflow count: keys that were placed in a later group because this one was full
 * </pre>
 *
 * <h2>Search</h2>
 *
 * All seven tags are compared at once: {@link #matches} XORs the word with the wanted tag in every byte and finds the zero bytes
 * (Hacker's Delight, section 6-1; it may also flag the byte above a match, which the comparison of keys sorts out). Of seven
 * occupied slots a wrong one matches with probability 7/256 or so; those cost a look at the slot.
 *
 * <p>A key's groups are tried in a fixed order: its home group, the seven others of the same line (the same cache line, hence
 * free), then the lines that rehashing gives, {@value #LINES_PER_KEY} lines in all. A search stops at the first group whose
 * overflow count is 0: no key ever passed it. None looks at more than {@code LINES_PER_KEY * LINE_GROUPS}
 * groups, whoever chose the keys.
 *
 * <h2>Overflow counts instead of tombstones</h2>
 *
 * An open-addressing table that just frees a slot breaks the searches that passed it; the usual cure, tombstones, makes searches
 * longer as flows come and go until the table is rebuilt, which would stop every thread. Here each key that passes a full group
 * increments the group's count, and its removal decrements it (as in F14, see {@link FlowTable}). The order matters to concurrent
 * readers: the counts are raised before the tag is placed and lowered after it is removed, so a key that can be found is always
 * reachable. A count that reaches {@value #STICKY} stays: the group is searched through for good, which costs time and is never
 * wrong.
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

    /** Most groups that a search looks at: the bound on what a packet can cost. */
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

    /** Absolute address of a group's word. */
    long address(int group) {
        return words + (long) group * Long.BYTES;
    }

    /** As {@link #address} of the {@link #group} that is looked at {@code step} groups after home, in its line. */
    static long addressBehind(long homeAddress, int step) {
        return RawMemory.linePointer(homeAddress)
                | ((homeAddress + (long) step * Long.BYTES) & (LINE_GROUPS * Long.BYTES - 1));
    }

    /** Acquire, pairs with the compare-and-set that placed a tag. */
    long wordAcquire(int group) {
        return RawMemory.getLongAcquire(words + (long) group * Long.BYTES);
    }

    /** A plain read: a hint that must be confirmed. */
    long wordPlain(int group) {
        return RawMemory.getLong(words + (long) group * Long.BYTES);
    }

    long wordVolatile(int group) {
        return RawMemory.getLongVolatile(words + (long) group * Long.BYTES);
    }

    /** A hash's tag in each of the seven tag bytes. */
    static long pattern(long hash) {
        return tag(hash) * LOW_BITS;
    }

    private static long tag(long hash) {
        final long bits = hash & 0xFF;
        return bits + ((bits - 1) >>> 63); // 0 becomes 1
    }

    /** The highest bit of each byte whose tag equals the pattern's, and rarely of the byte above such a one. */
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

    /** {@link #position} shifted left by {@code shift}, which is 3 or more. */
    static long offset(long bits, int shift) {
        return (Long.numberOfTrailingZeros(bits) & 0x38L) << (shift - 3);
    }

    static boolean hasOverflow(long word) {
        return word >>> COUNT_SHIFT != 0;
    }

    /** Takes a free slot for a hash. Returns its number, or {@link #NONE} when every group of the hash is full. */
    int claim(long hash) { // the home group is handled apart: the common case is then small enough to be inlined
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
        while (true) { // ends: each failed attempt is another thread's success
            final long word = RawMemory.getLongVolatile(at);
            final long count = word >>> COUNT_SHIFT;
            if (count == STICKY || count == 0 || RawMemory.compareAndSetLong(at, word, word - ONE_OVERFLOW)) {
                return;
            }
        }
    }
}
