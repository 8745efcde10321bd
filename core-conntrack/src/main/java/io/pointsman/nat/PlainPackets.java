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
 * Fast path of one family: TCP or UDP packets without options, extension headers or fragmentation, of a known flow whose
 * state they do not change. Any other packet is left untouched for {@link NatWorker}'s general path, which parses it from
 * the start and reports what is wrong with it; the fast path needs no error reasons. One for each worker and family.
 */
abstract sealed class PlainPackets permits PlainIpv4, PlainIpv6 {
    static final int TCP = IpProtocols.TCP;
    static final int UDP = IpProtocols.UDP;

    /** Result instead of a hash for any other packet. A packet whose hash is 0 takes the general path, too. */
    static final long NOT_PLAIN = 0;

    /** Result: the packet was not changed; it takes the general path. */
    static final int NOT_HANDLED = 0;

    /** Result: the packet was translated. */
    static final int FORWARDED = 1;

    /** Result: the packet was translated, and its flow's deadline must be extended by {@link #extendDeadline}. */
    static final int OVERDUE = 2;

    /** Bytes after the IP header that are read unconditionally; shorter packets take the general path. */
    static final int SHORTEST_TRANSPORT = 20;

    // Offsets in the transport header
    static final int TCP_HEADER = 12; // header length, in the high half of a byte
    static final int TCP_FLAGS = 13;
    static final int TCP_CHECKSUM = 16;
    static final int UDP_LENGTH = 4;
    static final int UDP_CHECKSUM = 6;

    private static final int SHORTEST_TCP = 20;
    private static final int SHORTEST_UDP = 8;

    final FlowTable table;
    final FlowTracker tracker;
    final FlowCursor cursor = new FlowCursor();

    PlainPackets(FlowTable table, FlowTracker tracker) {
        this.table = table;
        this.tracker = tracker;
    }

    /** Returns the hash of a plain packet's tuple, or {@link #NOT_PLAIN}. Reads nothing beyond {@code available} bytes. */
    abstract long hash(long packet, int available);

    /**
     * Translates a plain packet in place if the slot holds its tuple and the packet does not change the flow's state.
     *
     * @param at the packet's address, from {@link RawMemory#pointer}
     * @param slot the slot's address, from {@link RawMemory#slotPointer}
     * @param nowBits the time as {@link Control#deadlineBits}
     * @return {@link #NOT_HANDLED}, {@link #FORWARDED} or {@link #OVERDUE}
     */
    abstract int forward(long at, long slot, long nowBits);

    /** Searches for a plain packet's flow. Returns whether the cursor has it. */
    abstract boolean find(long at, long hash);

    /** Prefetches what {@link #forwardAlone} will need for a packet with this hash. */
    final void announce(long hash) {
        if (hash != NOT_PLAIN) {
            table.prefetchGroup(table.home(hash));
        }
    }

    /** Forwards one packet outside a batch. Returns false if it was not changed. */
    final boolean forwardAlone(long packet, long hash, long nowNanos) {
        if (hash == NOT_PLAIN) {
            return false;
        }
        final long home = table.home(hash);
        if (table.isLarge()) {
            table.prefetchGroup(home);
        }
        final long matches = table.matches(hash, home);
        final long candidate = matches != 0 ? table.slotOf(home, matches) : table.candidateElsewhere(hash, home);
        return candidate != FlowCursor.NONE
                && (forwardOne(RawMemory.pointer(packet), RawMemory.slotPointer(candidate), nowNanos)
                        || forwardElsewhere(packet, hash, nowNanos));
    }

    /** Forwards a plain packet after a full search for its flow. Returns false if it was not changed. */
    final boolean forwardElsewhere(long packet, long hash, long nowNanos) {
        final long at = RawMemory.pointer(packet);
        return find(at, hash) && forwardOne(at, RawMemory.slotPointer(cursor.slot), nowNanos);
    }

    private boolean forwardOne(long at, long slot, long nowNanos) {
        final int outcome = forward(at, slot, Control.deadlineBits(nowNanos));
        if (outcome == OVERDUE) {
            extendDeadline(slot, nowNanos);
        }
        return outcome != NOT_HANDLED;
    }

    /** Extends the deadline of a flow after {@link #OVERDUE}. */
    final void extendDeadline(long slot, long nowNanos) {
        tracker.extendDeadline(slot, nowNanos);
    }

    /** Whether the length that a transport header states is valid and at most {@code length}. */
    static boolean isWhole(long transport, int length, int protocol) {
        final int stated;
        final int shortest;
        if (protocol == TCP) {
            shortest = SHORTEST_TCP;
            stated = RawMemory.getByte(transport + TCP_HEADER) >>> 2 & 0x3C;
        } else if (protocol == UDP) {
            shortest = SHORTEST_UDP;
            stated = RawMemory.getShortBe(transport + UDP_LENGTH);
        } else {
            return false;
        }
        return stated >= shortest && stated <= length;
    }

    /** Updates the transport's checksum; a UDP checksum of 0 means that there is none. */
    static void updateTransport(long transport, int protocol, int delta) {
        if (protocol == TCP) {
            final long at = transport + TCP_CHECKSUM;
            RawMemory.setShort(at, Checksums.update(RawMemory.getShort(at), delta));
        } else {
            final long at = transport + UDP_CHECKSUM;
            final int old = RawMemory.getShort(at);
            if (old != 0) {
                RawMemory.setShort(at, Checksums.updateUdp(old, delta));
            }
        }
    }

    /** Whether a packet leaves the state of the flow as it is. */
    final boolean isSteady(long transport, int protocol, long control) {
        return tracker.isSteady(control, protocol, protocol == TCP ? RawMemory.getByte(transport + TCP_FLAGS) : 0);
    }

    /** Whether the slot's control word is still this one: then all reads since belong to the same flow. */
    static boolean isUnchanged(long slot, long control) {
        VarHandle.loadLoadFence(); // orders the reads so far before the control word is read again
        return FlowSlot.controlAcquire(slot) == control;
    }
}
