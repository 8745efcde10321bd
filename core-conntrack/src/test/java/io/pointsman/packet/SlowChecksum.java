package io.pointsman.packet;

import io.pointsman.model.IpAddress;

/**
 * Checksums computed over every byte, to check the engine's incremental ones. Sums are RFC 1071, SCTP's is CRC-32C (RFC
 * 9260, appendix A).
 */
public final class SlowChecksum {
    private static final int CRC32C_POLYNOMIAL = 0x82F6_3B78; // Castagnoli, bit-reversed

    private SlowChecksum() {}

    /** Returns the complement of the one's complement sum of big-endian 16-bit words; pads an odd last byte with zero. */
    public static int internet(byte[] bytes, int from, int to) {
        return ~fold(sum(bytes, from, to)) & 0xFFFF;
    }

    /**
     * Returns the checksum of {@link #internet} including the pseudo header of RFC 9293 (IPv4) or RFC 8200 section 8.1
     * (IPv6).
     */
    public static int transport(IpAddress source, IpAddress destination, int protocol, byte[] bytes, int from, int to) {
        final byte[] sourceBytes = source.toBytes();
        final byte[] destinationBytes = destination.toBytes();
        long sum = sum(sourceBytes, 0, sourceBytes.length) + sum(destinationBytes, 0, destinationBytes.length);
        sum += protocol;
        sum += (to - from) >>> 16;
        sum += (to - from) & 0xFFFF;
        sum += sum(bytes, from, to);
        return ~fold(sum) & 0xFFFF;
    }

    /** CRC-32C bit by bit, in the byte order that SCTP puts on the wire: the value to store as a big-endian int. */
    public static int crc32c(byte[] bytes, int from, int to) {
        int crc = ~0;
        for (int i = from; i < to; i++) {
            crc ^= bytes[i] & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ CRC32C_POLYNOMIAL;
            }
        }
        return Integer.reverseBytes(~crc);
    }

    private static long sum(byte[] bytes, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i += 2) {
            sum += (bytes[i] & 0xFF) << 8;
            if (i + 1 < to) {
                sum += bytes[i + 1] & 0xFF;
            }
        }
        return sum;
    }

    private static int fold(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xFFFF) + (folded >>> 16);
        }
        return (int) folded;
    }
}
