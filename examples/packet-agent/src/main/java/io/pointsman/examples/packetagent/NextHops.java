package io.pointsman.examples.packetagent;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.xdp.FibLookup;
import io.pointsman.linux.xdp.NextHop;
import io.pointsman.model.IpAddress;
import io.pointsman.packet.RawMemory;
import java.util.List;
import java.util.Optional;

/** The kernel's routing results for destinations, cached for a second. Used by one thread. */
final class NextHops {
    /** Result for a packet that the kernel has to send. */
    static final int BY_KERNEL = -1;

    private static final int ENTRIES = 1 << 16;
    private static final long KNOWN_NANOS = 1_000_000_000L;
    private static final long UNKNOWN_NANOS = 10_000_000L; // time for the kernel to find the neighbour
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private final FibLookup lookup;
    private final List<PacketPort> ports;
    private final long[] high = new long[ENTRIES]; // of the destination, raw
    private final long[] low = new long[ENTRIES];
    private final long[] until = new long[ENTRIES];
    private final boolean[] isSet = new boolean[ENTRIES];
    private final int[] port = new int[ENTRIES];
    private final long[] headerStart = new long[ENTRIES];
    private final int[] headerMiddle = new int[ENTRIES];

    NextHops(FibLookup lookup, List<PacketPort> ports) {
        this.lookup = lookup;
        this.ports = List.copyOf(ports);
    }

    /** Writes the hardware addresses for a packet's next hop before it, and returns the index of its port. */
    int prepare(long packet, int inputLink, long nowNanos) throws KernelException {
        final boolean isIpv4 = Headers.isIpv4(packet);
        final long high = isIpv4 ? 0 : RawMemory.getLong(packet + 24);
        final long low = isIpv4 ? RawMemory.getInt(packet + 16) : RawMemory.getLong(packet + 32);
        final int entry = (int) (((high * MIX + low) * MIX) >>> 48);
        if (!isSet[entry] || this.high[entry] != high || this.low[entry] != low || nowNanos - until[entry] >= 0) {
            ask(entry, packet, isIpv4, inputLink, nowNanos);
            this.high[entry] = high;
            this.low[entry] = low;
        }
        final int found = port[entry];
        if (found != BY_KERNEL) {
            RawMemory.setLong(packet - 14, headerStart[entry]);
            RawMemory.setInt(packet - 6, headerMiddle[entry]);
        }
        return found;
    }

    private void ask(int entry, long packet, boolean isIpv4, int inputLink, long nowNanos) throws KernelException {
        final Optional<NextHop> hop = lookup.find(inputLink, source(packet, isIpv4), destination(packet, isIpv4));
        isSet[entry] = true;
        port[entry] = hop.map(NextHop::linkIndex).map(this::portOf).orElse(BY_KERNEL);
        headerStart[entry] = hop.map(NextHop::headerStart).orElse(0L);
        headerMiddle[entry] = hop.map(NextHop::headerMiddle).orElse(0);
        until[entry] = nowNanos + (port[entry] == BY_KERNEL ? UNKNOWN_NANOS : KNOWN_NANOS);
    }

    private int portOf(int linkIndex) {
        for (int i = 0; i < ports.size(); i++) {
            if (ports.get(i).linkIndex() == linkIndex) {
                return i;
            }
        }
        return BY_KERNEL;
    }

    static IpAddress destination(long packet, boolean isIpv4) {
        return isIpv4 ? IpAddress.ofIpv4(RawMemory.getIntBe(packet + 16)) : ipv6(packet + 24);
    }

    private static IpAddress source(long packet, boolean isIpv4) {
        return isIpv4 ? IpAddress.ofIpv4(RawMemory.getIntBe(packet + 12)) : ipv6(packet + 8);
    }

    private static IpAddress ipv6(long address) {
        return IpAddress.ofIpv6(
                Long.reverseBytes(RawMemory.getLong(address)), Long.reverseBytes(RawMemory.getLong(address + 8)));
    }
}
