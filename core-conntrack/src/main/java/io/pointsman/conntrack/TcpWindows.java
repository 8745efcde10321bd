package io.pointsman.conntrack;

import io.pointsman.packet.PacketView;
import io.pointsman.packet.RawMemory;

/**
 * Bounds on the sequence numbers that each end of a TCP flow may send, as an observer can tell them. The rules are Guido van
 * Rooij's ("Real stateful TCP packet filtering in IP Filter") as {@code tcp_in_window} in Linux
 * net/netfilter/nf_conntrack_proto_tcp.c applies them, without selective acknowledgments. An entry for each slot of the flow
 * table, in memory of its own:
 *
 * <pre>
 *  0 end          sequence number after the last byte that this end has sent
 *  4 limit        sequence number after the last byte that this end may send
 *  8 window       widest window that this end has offered; 0: it has sent nothing yet
 * 12 scale        shift of its windows (RFC 7323)
 * 13 flags        SCALES, LIBERAL
 * </pre>
 *
 * Plain reads and writes: exact while one thread at a time handles a direction, which receive queues ensure. Otherwise a
 * bound may be one packet old, and a packet at the edge of the window may be rejected; TCP retransmits it.
 */
final class TcpWindows implements AutoCloseable {
    private static final int ENTRY_SHIFT = 4;
    private static final int LIMIT = 4;
    private static final int WINDOW = 8;
    private static final int SCALE = 12;
    private static final int FLAGS = 13;

    private static final int SCALES = 1;
    private static final int LIBERAL = 2;

    private static final int LEAST_BEHIND = 66_000; // MAXACKWINCONST: how far an acknowledgment may lag
    private static final int LONGEST = 65_535; // assumed length of a fragment, whose full length is unknown

    private static final int SEQUENCE = 4;
    private static final int ACKNOWLEDGMENT = 8;
    private static final int DATA_OFFSET = 12;
    private static final int OFFERED = 14;
    private static final int HEADER = 20;

    private static final int OPTION_END = 0;
    private static final int OPTION_NOTHING = 1;
    private static final int OPTION_SCALE = 3;
    private static final int MAX_SCALE = 14;

    private final NativeMemory memory;
    private final long entries;

    TcpWindows(int slots) {
        memory = new NativeMemory((long) slots << ENTRY_SHIFT);
        entries = memory.address();
    }

    /**
     * Records the first packet of a new flow. A flow picked up in mid-stream, whose scales are unknown, may send anything.
     */
    void begin(int original, int reply, PacketView first) {
        final long sender = entry(original);
        final long receiver = entry(reply);
        RawMemory.setLong(receiver, 0);
        RawMemory.setLong(receiver + WINDOW, 0);
        if ((first.tcpFlags() & PacketView.SYN) != 0) {
            open(sender, first, end(first));
        } else {
            RawMemory.setByte(sender + FLAGS, LIBERAL);
            RawMemory.setByte(receiver + FLAGS, LIBERAL);
        }
    }

    private static void open(long sender, PacketView packet, int end) {
        final int scale = scaleOption(packet);
        RawMemory.setInt(sender, end);
        RawMemory.setInt(sender + LIMIT, end);
        RawMemory.setInt(sender + WINDOW, Math.max(1, offered(packet)));
        RawMemory.setByte(sender + SCALE, Math.max(0, scale));
        RawMemory.setByte(sender + FLAGS, scale >= 0 ? SCALES : 0);
    }

    /**
     * Whether a packet is within its flow's windows. If so, it moves them.
     *
     * @param from number of the slot of the packet's direction
     * @param back number of the other direction's slot
     * @param isOpening the flow is in SYN_SENT or SYN_RECV: a SYN may start over with another sequence number
     */
    boolean accepts(int from, int back, PacketView packet, boolean isSynSent, boolean isOpening) {
        final long sender = entry(from);
        final long receiver = entry(back);
        if ((RawMemory.getByte(sender + FLAGS) & LIBERAL) != 0) {
            return true;
        }
        final int flags = packet.tcpFlags();
        final boolean isSyn = (flags & PacketView.SYN) != 0;
        final int end = end(packet);
        final boolean isFirst = RawMemory.getInt(sender + WINDOW) == 0;
        if (isSyn && (isFirst || (isOpening && isAfter(end, RawMemory.getInt(sender))))) {
            open(sender, packet, end);
            agreeOnScales(sender, receiver);
            if ((flags & PacketView.ACK) == 0) {
                return true; // simultaneous open
            }
        } else if (isFirst) {
            final int window = Math.max(1, offered(packet));
            RawMemory.setInt(sender, end);
            RawMemory.setInt(sender + LIMIT, end + window);
            RawMemory.setInt(sender + WINDOW, window);
        }
        return isWithin(sender, receiver, packet, end, isSynSent);
    }

    private static void agreeOnScales(long sender, long receiver) {
        final int both = RawMemory.getByte(sender + FLAGS) & RawMemory.getByte(receiver + FLAGS) & SCALES;
        if (both == 0 && RawMemory.getInt(receiver + WINDOW) != 0) {
            RawMemory.setByte(sender + SCALE, 0);
            RawMemory.setByte(receiver + SCALE, 0);
        }
    }

    private static boolean isWithin(long sender, long receiver, PacketView packet, int packetEnd, boolean isSynSent) {
        final int flags = packet.tcpFlags();
        final boolean isReset = (flags & PacketView.RST) != 0;
        final int sent = RawMemory.getInt(sender);
        final int acknowledged = RawMemory.getInt(receiver);
        int sequence = sequence(packet);
        int end = packetEnd;
        int ack = RawMemory.getIntBe(tcp(packet) + ACKNOWLEDGMENT);
        if ((flags & PacketView.ACK) == 0 || (isReset && ack == 0)) {
            ack = acknowledged;
        }
        if (isReset && sequence == 0 && isSynSent) {
            sequence = sent;
            end = sent;
        }
        final int ownWindow = RawMemory.getInt(sender + WINDOW);
        final int otherWindow = RawMemory.getInt(receiver + WINDOW);
        if (isAfter(sequence, RawMemory.getInt(sender + LIMIT))
                || (otherWindow != 0 && !isAfter(end, sent - otherWindow - 1))
                || isAfter(ack, acknowledged)
                || !isAfter(ack, acknowledged - Math.max(ownWindow, LEAST_BEHIND) - 1)) {
            return false;
        }
        move(sender, receiver, packet, end, ack);
        return true;
    }

    private static void move(long sender, long receiver, PacketView packet, int end, int ack) {
        final boolean isSyn = (packet.tcpFlags() & PacketView.SYN) != 0;
        final int window = isSyn ? offered(packet) : offered(packet) << RawMemory.getByte(sender + SCALE);
        if (window > RawMemory.getInt(sender + WINDOW)) {
            RawMemory.setInt(sender + WINDOW, window);
        }
        if (isAfter(end, RawMemory.getInt(sender))) {
            RawMemory.setInt(sender, end);
        }
        final int otherWindow = RawMemory.getInt(receiver + WINDOW);
        final int beyond = end - RawMemory.getInt(sender + LIMIT);
        if (otherWindow != 0 && beyond > 0) {
            RawMemory.setInt(receiver + WINDOW, otherWindow + beyond);
        }
        if (isAfter(ack + window, RawMemory.getInt(receiver + LIMIT) - 1)) {
            RawMemory.setInt(receiver + LIMIT, ack + window + (window == 0 ? 1 : 0)); // a closed window may be probed
        }
    }

    private long entry(int slot) {
        return entries + ((long) slot << ENTRY_SHIFT);
    }

    private static long tcp(PacketView packet) {
        return packet.address() + packet.transportOffset();
    }

    private static int sequence(PacketView packet) {
        return RawMemory.getIntBe(tcp(packet) + SEQUENCE);
    }

    private static int offered(PacketView packet) {
        return RawMemory.getShortBe(tcp(packet) + OFFERED);
    }

    private static int end(PacketView packet) {
        final int flags = packet.tcpFlags();
        final int controls = (flags & PacketView.SYN) / PacketView.SYN + (flags & PacketView.FIN);
        final int header = (RawMemory.getByte(tcp(packet) + DATA_OFFSET) >>> 4) * 4;
        final int data = packet.isFirstFragment() ? LONGEST : packet.transportLength() - header;
        return sequence(packet) + data + controls;
    }

    /** Returns the window scale option's shift; -1 without that option. */
    private static int scaleOption(PacketView packet) {
        final long tcp = tcp(packet);
        final int header = Math.min((RawMemory.getByte(tcp + DATA_OFFSET) >>> 4) * 4, packet.transportLength());
        for (int at = HEADER; at < header; ) { // terminates: each option takes a byte or more
            final int kind = RawMemory.getByte(tcp + at);
            if (kind == OPTION_END) {
                return -1;
            }
            final int length = kind == OPTION_NOTHING ? 1 : at + 1 < header ? RawMemory.getByte(tcp + at + 1) : 0;
            if (length < 1 || (length < 2 && kind != OPTION_NOTHING) || at + length > header) {
                return -1;
            }
            if (kind == OPTION_SCALE && length == 3) {
                return Math.min(MAX_SCALE, RawMemory.getByte(tcp + at + 2));
            }
            at += length;
        }
        return -1;
    }

    /** Whether one sequence number comes after another; they wrap (RFC 9293, section 3.4). */
    private static boolean isAfter(int one, int other) {
        return one - other > 0;
    }

    @Override
    public void close() {
        memory.close();
    }
}
