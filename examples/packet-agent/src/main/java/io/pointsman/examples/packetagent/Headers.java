package io.pointsman.examples.packetagent;

import io.pointsman.packet.Checksums;
import io.pointsman.packet.RawMemory;

/** Header changes that the engine, which only translates, leaves to its caller. A packet begins with its IP header. */
final class Headers {
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int TCP_CHECKSUM = 16; // offsets in the transport header
    private static final int UDP_CHECKSUM = 6;
    private static final int TTL = 8; // offsets in the IP header
    private static final int HOP_LIMIT = 7;

    private Headers() {}

    static boolean isIpv4(long packet) {
        return RawMemory.getByte(packet) >>> 4 == 4;
    }

    /** Returns the packet's length in bytes, from its header. */
    static int length(long packet) {
        return isIpv4(packet) ? RawMemory.getShortBe(packet + 2) : IPV6_BYTES + RawMemory.getShortBe(packet + 4);
    }

    /**
     * Completes the checksum of a TCP or UDP packet whose sender left that to its interface: the field then has the sum
     * of the pseudo header. AF_XDP does not mark such packets. If an undamaged complete packet has that number by chance,
     * its checksum stays the same.
     *
     * @param available number of bytes there, at least 1
     */
    static void finishChecksum(long packet, int available) {
        if (isIpv4(packet)) {
            if (available >= IPV4_BYTES && (RawMemory.getInt(packet + 4) & 0xFF3F_0000) == 0) { // no fragment
                final int header = (RawMemory.getByte(packet) & 0xF) * 4;
                final int length = RawMemory.getShortBe(packet + 2);
                if (length <= available) {
                    finish(packet + header, length - header, RawMemory.getByte(packet + 9), packet + 12, 8);
                }
            }
        } else if (available >= IPV6_BYTES) {
            final int length = RawMemory.getShortBe(packet + 4);
            if (IPV6_BYTES + length <= available) {
                finish(packet + IPV6_BYTES, length, RawMemory.getByte(packet + 6), packet + 8, 32);
            }
        }
    }

    private static void finish(long transport, int length, int protocol, long addresses, int addressBytes) {
        if ((protocol != TCP && protocol != UDP) || length < (protocol == TCP ? 20 : 8)) {
            return;
        }
        final long field = transport + (protocol == TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
        final int pseudo =
                Checksums.fold(Checksums.sum(addresses, addressBytes) + Checksums.pseudoSum(protocol, length));
        if (RawMemory.getShort(field) == pseudo) {
            final int checksum = Checksums.of(Checksums.sum(transport, length));
            RawMemory.setShort(field, checksum == 0 && protocol == UDP ? 0xFFFF : checksum);
        }
    }

    /** Decrements the TTL or hop limit, as a router does; returns false, and changes nothing, if none is left. */
    static boolean age(long packet) {
        if (!isIpv4(packet)) {
            final int hops = RawMemory.getByte(packet + HOP_LIMIT);
            if (hops <= 1) {
                return false;
            }
            RawMemory.setByte(packet + HOP_LIMIT, hops - 1);
            return true;
        }
        final int word = RawMemory.getShort(packet + TTL); // the TTL is its low byte
        if ((word & 0xFF) <= 1) {
            return false;
        }
        RawMemory.setShort(packet + TTL, word - 1);
        final int checksum = RawMemory.getShort(packet + 10);
        RawMemory.setShort(packet + 10, Checksums.update(checksum, Checksums.deltaWord(word, word - 1)));
        return true;
    }
}
