package io.pointsman.bench.engine;

import io.pointsman.packet.RawMemory;

/**
 * Packets of a benchmark's flows: empty TCP segments, 40 bytes over IPv4 and 60 over IPv6. Flow n comes from 10.128.0.0/9
 * and goes to one of {@value #SERVICES} cluster addresses, port 80; over IPv6 the last 32 bits of the addresses are the
 * same.
 *
 * <p>All packets have the checksums of the first flow, which are wrong for the others: the engine updates them by the
 * difference, at the same cost, and leaves their check to the receiving host.
 */
final class Packets {
    static final int TCP = 6;
    static final int UDP = 17;
    static final int SERVICES = 64;
    static final int LENGTH = 40;
    static final int IPV6_LENGTH = 60;
    static final int TEMPLATE = 64; // bytes copied of a template, which is longer than any packet
    static final long IPV6_PREFIX =
            0xFD00_0010_0000_0000L; // the high half of every IPv6 address; the low half is the IPv4 one
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int ACK = 0x10;
    static final int SERVICE_PORT = 80;

    private static final int CLIENT_NETWORK = 0x0A80_0000; // 10.128.0.0
    private static final int SERVICE_NETWORK = 0x0A00_4000; // 10.0.64.0

    private Packets() {}

    static int source(int flow) {
        return CLIENT_NETWORK + (flow >>> 2);
    }

    static int sourcePort(int flow) {
        return 40_000 + (flow & 3) * 1_000;
    }

    static int destination(int flow) {
        return service(flow & SERVICES - 1);
    }

    static int service(int index) {
        return SERVICE_NETWORK + index;
    }

    static int ports(int flow) {
        return (sourcePort(flow) << 16) | SERVICE_PORT;
    }

    /** Writes all that the packets of IPv4 flows share. */
    static void writeTemplate(long address, int tcpFlags) {
        RawMemory.fill(address, LENGTH, 0);
        RawMemory.setByte(address, 0x45);
        RawMemory.setShortBe(address + 2, LENGTH);
        RawMemory.setByte(address + 8, 64);
        RawMemory.setByte(address + 9, TCP);
        RawMemory.setShortBe(address + 10, 0x1234);
        writeTcp(address + 20, tcpFlags);
    }

    /** Writes all that the packets of IPv6 flows share. */
    static void writeTemplateIpv6(long address, int tcpFlags) {
        RawMemory.fill(address, IPV6_LENGTH, 0);
        RawMemory.setByte(address, 0x60);
        RawMemory.setShortBe(address + 4, IPV6_LENGTH - 40);
        RawMemory.setByte(address + 6, TCP);
        RawMemory.setByte(address + 7, 64);
        RawMemory.setLong(address + 8, Long.reverseBytes(IPV6_PREFIX));
        RawMemory.setLong(address + 24, Long.reverseBytes(IPV6_PREFIX));
        writeTcp(address + 40, tcpFlags);
    }

    private static void writeTcp(long at, int tcpFlags) {
        RawMemory.setByte(at + 12, 5 << 4);
        RawMemory.setByte(at + 13, tcpFlags);
        RawMemory.setShortBe(at + 14, 0xFFFF);
        RawMemory.setShortBe(at + 16, 0x5678);
    }

    /** Turns a template into a datagram of the same length, with a checksum for IPv6, which requires one. */
    static void makeUdp(long address, boolean isIpv6) {
        RawMemory.setByte(address + (isIpv6 ? 6 : 9), UDP);
        final long at = address + (isIpv6 ? 40 : 20);
        RawMemory.setShortBe(at + 4, LENGTH - 20);
        RawMemory.setShortBe(at + 6, isIpv6 ? 0x5678 : 0);
    }

    static void setFlags(long address, boolean isIpv6, int tcpFlags) {
        RawMemory.setByte(address + (isIpv6 ? 53 : 33), tcpFlags);
    }

    /** Turns a packet into its reply: source and destination change places. */
    static void turn(long address, boolean isIpv6) {
        if (isIpv6) {
            final long high = RawMemory.getLong(address + 8);
            final long low = RawMemory.getLong(address + 16);
            RawMemory.setLong(address + 8, RawMemory.getLong(address + 24));
            RawMemory.setLong(address + 16, RawMemory.getLong(address + 32));
            RawMemory.setLong(address + 24, high);
            RawMemory.setLong(address + 32, low);
        } else {
            RawMemory.setLong(address + 12, Long.rotateLeft(RawMemory.getLong(address + 12), 32));
        }
        final long ports = address + (isIpv6 ? 40 : 20);
        RawMemory.setInt(ports, Integer.rotateLeft(RawMemory.getInt(ports), 16));
    }

    /** Writes a flow's fields over the template, and no other bytes. */
    static void write(long address, int flow) {
        final long at = RawMemory.pointer(address);
        final long source = Integer.reverseBytes(source(flow)) & 0xFFFF_FFFFL;
        RawMemory.setLong(at + 12, source | (long) Integer.reverseBytes(destination(flow)) << 32);
        RawMemory.setIntBe(at + 20, ports(flow));
    }

    /** Writes a flow's fields over an IPv6 template whose addresses the engine has changed. */
    static void writeIpv6(long address, int flow) {
        final long at = RawMemory.pointer(address);
        RawMemory.setLong(at + 16, (long) Integer.reverseBytes(source(flow)) << 32);
        RawMemory.setLong(at + 32, (long) Integer.reverseBytes(destination(flow)) << 32);
        RawMemory.setIntBe(at + 40, ports(flow));
    }

    /**
     * Writes a whole packet of either family: the template, then the flow's fields. Without a branch, which the processor
     * could not predict for mixed families.
     *
     * @param wide 1 for IPv6, 0 for IPv4
     */
    static void writeWhole(long address, long template, int flow, int wide) {
        final long at = RawMemory.pointer(address);
        final long from = RawMemory.pointer(template);
        for (int i = 0; i < TEMPLATE; i += Long.BYTES) {
            RawMemory.setLong(at + i, RawMemory.getLong(from + i));
        }
        final long source = Integer.reverseBytes(source(flow)) & 0xFFFF_FFFFL;
        final long destination = (long) Integer.reverseBytes(destination(flow)) << 32;
        final long isWide = -(long) wide;
        RawMemory.setLong(at + 12 + 4L * wide, (source << (wide << 5)) | (destination & ~isWide));
        RawMemory.setLong(at + 32, (destination & isWide) | (RawMemory.getLong(from + 32) & ~isWide));
        RawMemory.setIntBe(at + 20 + 20L * wide, ports(flow));
    }
}
