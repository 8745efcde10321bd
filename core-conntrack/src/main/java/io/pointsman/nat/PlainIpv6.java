package io.pointsman.nat;

import io.pointsman.conntrack.Control;
import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FlowTracker;
import io.pointsman.conntrack.SteadyStates;
import io.pointsman.packet.RawMemory;

/** Fast path of IPv6. There is no header checksum; a slot's second line has the destination and all new addresses. */
final class PlainIpv6 extends PlainPackets {
    private static final int HEADER = 40;
    private static final int SHORTEST = HEADER + SHORTEST_TRANSPORT;
    private static final int VERSION = 6;
    private static final int PAYLOAD_LENGTH = 4;
    private static final int PROTOCOL = 6;
    private static final int SOURCE_HIGH = 8;
    private static final int SOURCE_LOW = 16;
    private static final int DESTINATION_HIGH = 24;
    private static final int DESTINATION_LOW = 32;

    private final FlowKey key = new FlowKey();

    PlainIpv6(FlowTable table, FlowTracker tracker) {
        super(table, tracker);
        key.isIpv6 = true;
    }

    /**
     * Returns 1 for a packet whose version is 6, else 0; also 0 for one too short to be plain. Has no branch that depends on
     * the family.
     */
    static int isIpv6(long packet, int available) {
        return available < HEADER
                ? 0
                : (((RawMemory.getByte(RawMemory.pointer(packet)) >>> 4) ^ VERSION) - 1) >>> (Integer.SIZE - 1);
    }

    @Override
    long hash(long packet, int available) {
        if (available < SHORTEST) {
            return NOT_PLAIN;
        }
        final long at = RawMemory.pointer(packet);
        final int length = RawMemory.getShortBe(at + PAYLOAD_LENGTH);
        final int protocol = RawMemory.getByte(at + PROTOCOL);
        if (RawMemory.getByte(at) >>> 4 != VERSION
                || length > available - HEADER
                || !isWhole(at + HEADER, length, protocol)) {
            return NOT_PLAIN;
        }
        return table.hash(
                RawMemory.getLong(at + SOURCE_HIGH),
                RawMemory.getLong(at + SOURCE_LOW),
                RawMemory.getLong(at + DESTINATION_HIGH),
                RawMemory.getLong(at + DESTINATION_LOW),
                RawMemory.getInt(at + HEADER),
                protocol);
    }

    @Override
    boolean find(long at, long hash) {
        final FlowKey tuple = key;
        tuple.protocol = RawMemory.getByte(at + PROTOCOL);
        tuple.ports = RawMemory.getInt(at + HEADER);
        tuple.sourceHigh = RawMemory.getLong(at + SOURCE_HIGH);
        tuple.sourceLow = RawMemory.getLong(at + SOURCE_LOW);
        tuple.destinationHigh = RawMemory.getLong(at + DESTINATION_HIGH);
        tuple.destinationLow = RawMemory.getLong(at + DESTINATION_LOW);
        return table.find(hash, tuple, cursor);
    }

    private static boolean isOf(long at, long slot, int protocol) {
        return FlowSlot.isFor(
                slot,
                RawMemory.getLong(at + SOURCE_HIGH),
                RawMemory.getLong(at + SOURCE_LOW),
                RawMemory.getLong(at + DESTINATION_HIGH),
                RawMemory.getLong(at + DESTINATION_LOW),
                RawMemory.getInt(at + HEADER),
                protocol);
    }

    @Override
    int forward(long at, long slot, long nowBits) {
        final long control = FlowSlot.controlAcquire(slot);
        final int protocol = RawMemory.getByte(at + PROTOCOL);
        final int udp = udpMask(protocol);
        if (!isOf(at, slot, protocol) || hasTcpFlags(at + HEADER, udp)) {
            return NOT_HANDLED;
        }
        final long enough = steady.enough(control, -udp);
        final boolean needsExtension = !Control.hasRemaining(control, nowBits, enough);
        if (needsExtension && (enough == SteadyStates.NOT_STEADY || Control.isExpiredAt(control, nowBits))) {
            return NOT_HANDLED;
        }
        final long sourceHigh = FlowSlot.newSourceHigh(slot);
        final long sourceLow = FlowSlot.newSourceLow(slot);
        final long destinationHigh = FlowSlot.newDestinationHigh(slot);
        final long destinationLow = FlowSlot.newDestinationLow(slot);
        final long portsAndDeltas = FlowSlot.portsAndDeltas(slot);
        if (!isUnchanged(slot, control)) {
            return NOT_HANDLED;
        }
        FlowSlot.count(slot, HEADER + RawMemory.getShortBe(at + PAYLOAD_LENGTH));
        RawMemory.setLong(at + SOURCE_HIGH, sourceHigh);
        RawMemory.setLong(at + SOURCE_LOW, sourceLow);
        RawMemory.setLong(at + DESTINATION_HIGH, destinationHigh);
        RawMemory.setLong(at + DESTINATION_LOW, destinationLow);
        RawMemory.setInt(at + HEADER, FlowSlot.portsOf(portsAndDeltas));
        updateTransport(at + HEADER, udp, FlowSlot.transportDelta(portsAndDeltas));
        return needsExtension ? OVERDUE : FORWARDED;
    }
}
