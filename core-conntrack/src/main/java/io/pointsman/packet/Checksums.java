package io.pointsman.packet;

/**
 * The Internet checksum, computed in full (RFC 1071) or updated for a change (RFC 1624). All values 0 to 0xFFFF, read raw:
 * one's complement addition gives the same result in either byte order, if all operands have the same.
 *
 * <p>Changes are summed up in a delta, the one's complement sum of every {@code ~old + new}. A checksum that was wrong stays
 * wrong by the same amount, so the receiver still detects a damaged packet.
 */
public final class Checksums {
    private Checksums() {}

    /** Returns the checksum after words changed by this delta (RFC 1624, equation 3). */
    public static int update(int checksum, int delta) {
        final int sum = (checksum ^ 0xFFFF) + delta;
        return ~(sum + (sum >>> 16)) & 0xFFFF;
    }

    /**
     * Returns a UDP checksum after words changed by this delta; never 0, which would mean "none" (RFC 768). The old one is
     * not 0.
     */
    public static int updateUdp(int checksum, int delta) {
        final int updated = update(checksum, delta);
        return updated == 0 ? 0xFFFF : updated;
    }

    /** Returns the delta of four words at once. */
    public static int delta(long oldWords, long newWords) {
        return fold(sum(~oldWords) + sum(newWords));
    }

    /** Returns the delta of two words at once. */
    public static int delta(int oldWords, int newWords) {
        return fold((~oldWords & 0xFFFFL) + (~oldWords >>> 16) + (newWords & 0xFFFFL) + (newWords >>> 16));
    }

    /** Returns the delta of one word. */
    public static int deltaWord(int oldWord, int newWord) {
        return fold((~oldWord & 0xFFFFL) + newWord);
    }

    public static int add(int delta, int other) {
        final int sum = delta + other;
        return (sum + (sum >>> 16)) & 0xFFFF;
    }

    /** Returns the delta that undoes this one. */
    public static int inverse(int delta) {
        return ~delta & 0xFFFF;
    }

    /** Returns the sum of the four words of a long; at most 18 bits. */
    public static long sum(long words) {
        return (words & 0xFFFF) + (words >>> 16 & 0xFFFF) + (words >>> 32 & 0xFFFF) + (words >>> 48);
    }

    public static int fold(long sum) {
        long folded = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        return (int) folded;
    }

    /**
     * Returns the unfolded sum of a range of bytes, to which others may be added. An odd last byte counts as followed by 0.
     */
    public static long sum(long address, int length) {
        long sum = 0;
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            sum += sum(RawMemory.getLong(address + i));
        }
        for (; i + 2 <= length; i += 2) {
            sum += RawMemory.getShort(address + i);
        }
        return i < length ? sum + RawMemory.getByte(address + i) : sum;
    }

    /** Returns the checksum of bytes with this sum. */
    public static int of(long sum) {
        return ~fold(sum) & 0xFFFF;
    }

    /** Returns the sum of a pseudo header (RFC 9293, section 3.1; RFC 8200, section 8.1) without its addresses. */
    public static long pseudoSum(int protocol, int length) {
        final long lengthRaw = Integer.toUnsignedLong(Integer.reverseBytes(length));
        return ((long) protocol << 8) + (lengthRaw & 0xFFFF) + (lengthRaw >>> 16);
    }
}
