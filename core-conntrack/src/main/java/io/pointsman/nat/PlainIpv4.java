package io.pointsman.nat;

import io.pointsman.conntrack.Control;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FlowTracker;
import io.pointsman.conntrack.SteadyStates;
import io.pointsman.packet.Checksums;
import io.pointsman.packet.RawMemory;

/** Fast path of IPv4. */
final class PlainIpv4 extends PlainPackets {
    private static final int HEADER = 20;
    private static final int SHORTEST = HEADER + SHORTEST_TRANSPORT;
    private static final int LENGTH = 2;
    private static final int PROTOCOL = 9;
    private static final int CHECKSUM = 10;
    private static final int ADDRESSES = 12;

    // Of the first 8 bytes, raw: version and header length; offset and "more fragments".
    private static final long PLAIN_MASK = 0xFF3F_0000_0000_00FFL;
    private static final long PLAIN = 0x45;

    PlainIpv4(FlowTable table, FlowTracker tracker) {
        super(table, tracker);
    }

    @Override
    long hash(long packet, int available) {
        if (available < SHORTEST) {
            return NOT_PLAIN;
        }
        final long at = RawMemory.pointer(packet);
        final long first = RawMemory.getLong(at);
        final int length = (int) (Long.reverseBytes(first) >>> 32) & 0xFFFF;
        if ((first & PLAIN_MASK) != PLAIN || length > available) {
            return NOT_PLAIN;
        }
        final int protocol = RawMemory.getByte(at + PROTOCOL);
        if (!isWhole(at + HEADER, length - HEADER, protocol)) {
            return NOT_PLAIN;
        }
        return table.hash(RawMemory.getLong(at + ADDRESSES), RawMemory.getInt(at + HEADER), protocol);
    }

    @Override
    boolean find(long at, long hash) {
        final long addresses = RawMemory.getLong(at + ADDRESSES);
        return table.find(hash, addresses, RawMemory.getInt(at + HEADER), RawMemory.getByte(at + PROTOCOL), cursor);
    }

    @Override
    int forward(long at, long slot, long nowBits) {
        final long control = FlowSlot.controlAcquire(slot);
        final int protocol = RawMemory.getByte(at + PROTOCOL);
        final int udp = udpMask(protocol);
        if (!FlowSlot.isFor(slot, RawMemory.getLong(at + ADDRESSES), RawMemory.getInt(at + HEADER), protocol)
                || hasTcpFlags(at + HEADER, udp)) {
            return NOT_HANDLED;
        }
        final long enough = steady.enough(control, -udp);
        final boolean needsExtension = !Control.hasRemaining(control, nowBits, enough);
        if (needsExtension && (enough == SteadyStates.NOT_STEADY || Control.isExpiredAt(control, nowBits))) {
            return NOT_HANDLED;
        }
        final long addresses = FlowSlot.newAddresses(slot);
        final long portsAndDeltas = FlowSlot.portsAndDeltas(slot);
        if (!isUnchanged(slot, control)) {
            return NOT_HANDLED;
        }
        FlowSlot.count(slot, RawMemory.getShortBe(at + LENGTH));
        final int checksum = RawMemory.getShort(at + CHECKSUM);
        RawMemory.setShort(at + CHECKSUM, Checksums.update(checksum, FlowSlot.headerDelta(portsAndDeltas)));
        RawMemory.setLong(at + ADDRESSES, addresses);
        RawMemory.setInt(at + HEADER, FlowSlot.portsOf(portsAndDeltas));
        updateTransport(at + HEADER, udp, FlowSlot.transportDelta(portsAndDeltas));
        return needsExtension ? OVERDUE : FORWARDED;
    }
}
