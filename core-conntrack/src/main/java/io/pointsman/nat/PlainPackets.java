package io.pointsman.nat;

import io.pointsman.conntrack.Control;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FlowTracker;
import io.pointsman.conntrack.SteadyStates;
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
    final SteadyStates steady;
    final FlowCursor cursor = new FlowCursor();

    PlainPackets(FlowTable table, FlowTracker tracker) {
        this.table = table;
        this.tracker = tracker;
        steady = tracker.steadyStates();
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

    /**
     * All ones for UDP, 0 for TCP. Where the two are mixed a branch between what each needs could not be predicted, so both are worked
     * out and one is taken by this mask. Where all is TCP the compiler sees that the mask is 0, and leaves the rest out.
     */
    static int udpMask(int protocol) {
        return protocol == TCP ? 0 : -1;
    }

    /** Whether a transport header of these bytes is whole; {@link #SHORTEST_TRANSPORT} can be read. */
    static boolean isWhole(long transport, int length, int protocol) {
        final int udp = udpMask(protocol);
        final int tcpStated = RawMemory.getByte(transport + TCP_HEADER) >>> 2 & 0x3C;
        final int udpStated = RawMemory.getShortBe(transport + UDP_LENGTH);
        final int stated = tcpStated ^ ((tcpStated ^ udpStated) & udp);
        final int shortest = SHORTEST_TCP - ((SHORTEST_TCP - SHORTEST_UDP) & udp);
        final int other = protocol ^ TCP ^ ((TCP ^ UDP) & udp); // 0 for TCP and UDP
        return (other | (((stated - shortest) | (length - stated)) >>> (Integer.SIZE - 1))) == 0;
    }

    /** Mends the transport's checksum; a UDP checksum of 0 means that there is none. */
    static void updateTransport(long transport, int udp, int delta) {
        final long at = transport + TCP_CHECKSUM - ((TCP_CHECKSUM - UDP_CHECKSUM) & udp);
        final int old = RawMemory.getShort(at);
        final int updated = Checksums.update(old, delta);
        final int nonZero = updated | (((updated - 1) >>> Short.SIZE) & udp); // as Checksums.updateUdp
        final int none = ((old - 1) >> (Integer.SIZE - 1)) & udp;
        RawMemory.setShort(at, nonZero & ~none);
    }

    /** Whether a packet has TCP flags that may change its flow's state. */
    static boolean hasTcpFlags(long transport, int udp) {
        return (FlowTracker.unusualFlags(RawMemory.getByte(transport + TCP_FLAGS)) & ~udp) != 0;
    }

    /** Whether the slot's control word is still this one: then all reads since belong to the same flow. */
    static boolean isUnchanged(long slot, long control) {
        VarHandle.loadLoadFence(); // orders the reads so far before the control word is read again
        return FlowSlot.controlAcquire(slot) == control;
    }
}
