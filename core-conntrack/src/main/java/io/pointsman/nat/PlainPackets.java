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
 * The fast path: IPv4 packets without options or fragmentation, TCP or UDP, of a known flow whose state they do not change. Any
 * other packet is left untouched for {@link NatWorker}'s general path, which parses it again and reports what is wrong with it; the
 * fast path needs no error reasons. One for each worker.
 */
final class PlainPackets {
    private static final int TCP = IpProtocols.TCP;
    private static final int UDP = IpProtocols.UDP;

    /** Returned instead of a hash for any other packet. A packet whose hash is 0 takes the general path, too. */
    static final long NOT_PLAIN = 0;

    /** The packet was not changed; it takes the general path. */
    static final int NOT_HANDLED = 0;

    /** The packet was translated. */
    static final int FORWARDED = 1;

    /** The packet was translated, and its flow's deadline must be extended by {@link #extendDeadline}. */
    static final int OVERDUE = 2;

    private static final int IPV4_HEADER = 20;
    private static final int SHORTEST = IPV4_HEADER + 20; // shorter UDP packets take the general path
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

    /** Forwards one packet outside a batch. Returns false if it was not changed. */
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

    /** Hash of a plain packet's tuple, or {@link #NOT_PLAIN}. Reads nothing beyond {@code available} bytes. */
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

    /** Forwards a plain packet after a full search for its flow. Returns false if it was not changed. */
    boolean forwardElsewhere(long packet, long hash, long nowNanos) {
        final long at = RawMemory.pointer(packet);
        final int protocol = RawMemory.getByte(at + PROTOCOL);
        return table.find(hash, RawMemory.getLong(at + ADDRESSES), RawMemory.getInt(at + PORTS), protocol, cursor)
                && forwardOne(at, cursor.slot, cursor.control, nowNanos);
    }

    private boolean forwardOne(long at, long slot, long control, long nowNanos) {
        final int outcome = forward(at, slot, control, Control.deadlineBits(nowNanos));
        if (outcome == OVERDUE) {
            extendDeadline(slot, nowNanos);
        }
        return outcome != NOT_HANDLED;
    }

    /** Extends the deadline of a flow for which {@link #OVERDUE} was returned. */
    void extendDeadline(long slot, long nowNanos) {
        tracker.extendDeadline(slot, nowNanos);
    }

    /** Whether a plain packet's tuple is the slot's key. Valid only if the slot's control word is unchanged afterwards. */
    static boolean isOf(long at, long slot) {
        return FlowSlot.isFor(
                slot,
                RawMemory.getLong(at + ADDRESSES),
                RawMemory.getInt(at + PORTS),
                RawMemory.getByte(at + PROTOCOL));
    }

    /**
     * Translates a packet in place if its flow is still in this slot and the packet does not change the flow's state.
     *
     * @param control the slot's control word, read before {@link #isOf} compared the key
     * @param nowBits the time as {@link Control#deadlineBits}
     * @return {@link #NOT_HANDLED}, {@link #FORWARDED} or {@link #OVERDUE}
     */
    int forward(long at, long slot, long control, long nowBits) {
        final int protocol = RawMemory.getByte(at + PROTOCOL);
        if (!tracker.isSteady(control, protocol, protocol == TCP ? RawMemory.getByte(at + TCP_FLAGS) : 0)) {
            return NOT_HANDLED;
        }
        final boolean needsExtension = tracker.needsExtension(control, protocol, nowBits);
        if (needsExtension && Control.isExpiredAt(control, nowBits)) {
            return NOT_HANDLED;
        }
        final long addresses = FlowSlot.newAddresses(slot);
        final long portsAndDeltas = FlowSlot.portsAndDeltas(slot);
        VarHandle.loadLoadFence(); // orders the reads above before the control word is read again
        if (FlowSlot.controlAcquire(slot) != control) {
            return NOT_HANDLED;
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
        return needsExtension ? OVERDUE : FORWARDED;
    }
}
