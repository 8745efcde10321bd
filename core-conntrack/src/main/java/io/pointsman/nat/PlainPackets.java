package io.pointsman.nat;

import io.pointsman.conntrack.Control;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FlowTracker;
import io.pointsman.packet.Checksums;
import io.pointsman.packet.RawMemory;
import java.lang.invoke.VarHandle;

/**
 * The short way of nearly every packet: IPv4 without options or fragments, TCP or UDP, of a flow that the packet changes
 * nothing about but its deadline and counters. Whatever else comes is left alone, for {@link NatWorker}'s general way: that
 * one parses it again and says what is wrong with it, so here nothing needs a name.
 *
 * One for each worker.
 */
final class PlainPackets {
    private static final int TCP = IpProtocols.TCP;
    private static final int UDP = IpProtocols.UDP;

    /** In place of a hash: another packet. One that does hash to it goes the general way. */
    static final long NOT_PLAIN = 0;

    /** Nothing was touched. */
    static final int LEFT = 0;

    /** Forwarded. */
    static final int DONE = 1;

    /** Forwarded, and its flow's deadline is to be put off by {@link #putOff}. */
    static final int LATE = 2;

    private static final int IPV4_HEADER = 20;
    private static final int SHORTEST = IPV4_HEADER + 20; // a datagram may be shorter: it goes the general way
    private static final int LENGTH = 2;
    private static final int PROTOCOL = 9;
    private static final int CHECKSUM = 10;
    private static final int ADDRESSES = 12;
    private static final int PORTS = 20;
    private static final int UDP_LENGTH = 24;
    private static final int UDP_CHECKSUM = 26;
    private static final int TCP_HEADER = 32; // its length, in the high half of a byte
    private static final int TCP_FLAGS = 33;
    private static final int TCP_CHECKSUM = 36;

    // Raw, of the first 8 bytes: version and header length; offset and "more fragments".
    private static final long PLAIN_MASK = 0xFF3F_0000_0000_00FFL;
    private static final long PLAIN = 0x45;

    private final FlowTable table;
    private final FlowTracker tracker;
    private final FlowCursor cursor = new FlowCursor();

    PlainPackets(FlowTable table, FlowTracker tracker) {
        this.table = table;
        this.tracker = tracker;
    }

    /** As for a batch, for one packet. */
    boolean forward(long packet, int available, long nowNanos) {
        final long hash = hash(table, packet, available);
        if (hash == NOT_PLAIN) {
            return false;
        }
        final long home = table.home(hash);
        final long matches = table.matches(hash, home);
        final long candidate = matches != 0 ? table.slotOf(home, matches) : table.candidateElsewhere(hash, home);
        if (candidate == FlowCursor.NONE) {
            return false;
        }
        final long at = RawMemory.pointer(packet);
        final long slot = RawMemory.slotPointer(candidate);
        final long control = FlowSlot.controlAcquire(slot);
        return (isOf(at, slot) && forwardOne(at, slot, control, nowNanos)) || forwardElsewhere(at, hash, nowNanos);
    }

    /** The hash of the tuple of a packet of such a form, or {@link #NOT_PLAIN}. Reads nothing beyond {@code available}. */
    static long hash(FlowTable table, long packet, int available) {
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
        final int shortest;
        final int transport;
        if (protocol == TCP) {
            shortest = 20;
            transport = RawMemory.getByte(at + TCP_HEADER) >>> 2 & 0x3C;
        } else if (protocol == UDP) {
            shortest = 8;
            transport = RawMemory.getShortBe(at + UDP_LENGTH);
        } else {
            return NOT_PLAIN;
        }
        if (transport < shortest || transport > length - IPV4_HEADER) {
            return NOT_PLAIN;
        }
        return table.hash(RawMemory.getLong(at + ADDRESSES), RawMemory.getInt(at + PORTS), protocol);
    }

    /** Forwards a packet that has a hash, whichever slot its flow is in. False: nothing was touched. */
    boolean forwardElsewhere(long packet, long hash, long nowNanos) {
        final long at = RawMemory.pointer(packet);
        final int protocol = RawMemory.getByte(at + PROTOCOL);
        return table.find(hash, RawMemory.getLong(at + ADDRESSES), RawMemory.getInt(at + PORTS), protocol, cursor)
                && forwardOne(at, cursor.slot, cursor.control, nowNanos);
    }

    private boolean forwardOne(long at, long slot, long control, long nowNanos) {
        final int outcome = forward(at, slot, control, Control.origin(nowNanos));
        if (outcome == LATE) {
            putOff(slot, nowNanos);
        }
        return outcome != LEFT;
    }

    /** Puts the deadline off of a flow that was found late. */
    void putOff(long slot, long nowNanos) {
        tracker.putOff(slot, nowNanos);
    }

    /** Whether a packet that has a hash is of the flow in this slot, unless that changes meanwhile. */
    static boolean isOf(long at, long slot) {
        return FlowSlot.isFor(
                slot,
                RawMemory.getLong(at + ADDRESSES),
                RawMemory.getInt(at + PORTS),
                RawMemory.getByte(at + PROTOCOL));
    }

    /**
     * Translates a packet if its flow still is in this slot, and nothing is to be done that is not done here.
     *
     * @param control the slot's, read before the packet was found to be {@link #isOf} it
     * @param origin the time, as {@link Control#origin} has it
     */
    int forward(long at, long slot, long control, long origin) {
        final int protocol = RawMemory.getByte(at + PROTOCOL);
        if (!tracker.isSteady(control, protocol, protocol == TCP ? RawMemory.getByte(at + TCP_FLAGS) : 0)) {
            return LEFT;
        }
        final boolean isLate = tracker.isLate(control, protocol, origin);
        if (isLate && Control.isOver(control, origin)) {
            return LEFT;
        }
        final long addresses = FlowSlot.newAddresses(slot);
        final long portsAndDeltas = FlowSlot.portsAndDeltas(slot);
        VarHandle.loadLoadFence(); // what was read before is not read after the control word
        if (FlowSlot.controlAcquire(slot) != control) {
            return LEFT;
        }
        FlowSlot.count(slot, RawMemory.getShortBe(at + LENGTH));
        final int checksum = RawMemory.getShort(at + CHECKSUM);
        RawMemory.setShort(at + CHECKSUM, Checksums.update(checksum, FlowSlot.headerDelta(portsAndDeltas)));
        RawMemory.setLong(at + ADDRESSES, addresses);
        RawMemory.setInt(at + PORTS, FlowSlot.portsOf(portsAndDeltas));
        final int delta = FlowSlot.transportDelta(portsAndDeltas);
        if (protocol == TCP) {
            RawMemory.setShort(at + TCP_CHECKSUM, Checksums.update(RawMemory.getShort(at + TCP_CHECKSUM), delta));
        } else {
            final int old = RawMemory.getShort(at + UDP_CHECKSUM);
            if (old != 0) {
                RawMemory.setShort(at + UDP_CHECKSUM, Checksums.updateUdp(old, delta));
            }
        }
        return isLate ? LATE : DONE;
    }
}
