package io.pointsman.bench.engine;

import io.pointsman.packet.RawMemory;

/**
 * The packets of a benchmark's flows: a 40-byte IPv4 TCP segment each, written where the engine is to find it. Flow n comes
 * from 10.128.0.0/9 and goes to one of {@value #SERVICES} cluster addresses, port 80.
 *
 * <p>The checksums are those of the first flow and so wrong for the others: the engine updates them by the difference, which
 * costs the same, and leaves their check to the host that receives.
 */
final class Packets {
    static final int TCP = 6;
    static final int UDP = 17;
    static final int SERVICES = 64;
    static final int LENGTH = 40;
    static final int SYN = 0x02;
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

    /** Everything that the flows' packets share. */
    static void writeTemplate(long address, int tcpFlags) {
        RawMemory.fill(address, LENGTH, 0);
        RawMemory.setByte(address, 0x45);
        RawMemory.setShortBe(address + 2, LENGTH);
        RawMemory.setByte(address + 8, 64);
        RawMemory.setByte(address + 9, TCP);
        RawMemory.setShortBe(address + 10, 0x1234);
        RawMemory.setByte(address + 32, 5 << 4);
        RawMemory.setByte(address + 33, tcpFlags);
        RawMemory.setShortBe(address + 34, 0xFFFF);
        RawMemory.setShortBe(address + 36, 0x5678);
    }

    /** Makes a template one of datagrams, as long as the segments are, without a checksum. */
    static void makeUdp(long address) {
        RawMemory.setByte(address + 9, UDP);
        RawMemory.setShortBe(address + 24, LENGTH - 20);
        RawMemory.setShortBe(address + 26, 0);
    }

    static void setFlags(long address, int tcpFlags) {
        RawMemory.setByte(address + 33, tcpFlags);
    }

    /** Makes a packet its own answer: source and destination change places. */
    static void turn(long address) {
        RawMemory.setLong(address + 12, Long.rotateLeft(RawMemory.getLong(address + 12), 32));
        RawMemory.setInt(address + 20, Integer.rotateLeft(RawMemory.getInt(address + 20), 16));
    }

    /** Makes the template at this address the flow's packet: as few bytes as that takes. */
    static void write(long address, int flow) {
        final long at = RawMemory.pointer(address);
        final long source = Integer.reverseBytes(source(flow)) & 0xFFFF_FFFFL;
        RawMemory.setLong(at + 12, source | (long) Integer.reverseBytes(destination(flow)) << 32);
        RawMemory.setIntBe(at + 20, ports(flow));
    }
}
