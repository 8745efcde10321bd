package io.pointsman.conntrack;

import io.pointsman.packet.RawMemory;

/**
 * One direction of a flow, at an address in the table. IPv4 takes one cache line, IPv6 a second one.
 *
 * <pre>
 *  0 control        {@link Control}
 *  8 ports          key, raw: source in the low half
 * 12 protocol       key, one byte; three of zero
 * 16 addresses      key of IPv4, raw: source in the low half     IPv6: 16 source high, 24 source low
 * 24 new addresses  what they become
 * 32 new ports      what the ports become
 * 36 deltas         what the checksums change by: header in the low half, transport in the high one
 * 40 packets
 * 48 bytes
 * 56 pair           number of the other direction's slot
 * 60 tag            a number of the owner's
 * 64 IPv6: destination high, low; 80 new source high, low; 96 new destination high, low
 * </pre>
 *
 * Key and translation are written before the control word says LIVE, and don't change while it does.
 */
public final class FlowSlot {
    static final int SHIFT = 6;
    static final int BYTES = 64;
    static final int WIDE_BYTES = 128;

    private static final int PORTS = 8;
    private static final int PROTOCOL = 12;
    private static final int ALWAYS_ZERO = 15;
    private static final int ADDRESSES = 16;
    private static final int NEW_ADDRESSES = 24;
    private static final int NEW_PORTS = 32;
    private static final int PACKETS = 40;
    private static final int BYTE_COUNT = 48;
    private static final int PAIR = 56;
    private static final int TAG = 60;
    private static final int WIDE_SOURCE = 16;
    private static final int WIDE_DESTINATION = 64;
    private static final int WIDE_NEW_SOURCE = 80;
    private static final int WIDE_NEW_DESTINATION = 96;

    private FlowSlot() {}

    public static boolean isFor(long slot, long addresses, int ports, int protocol) {
        return RawMemory.getLong(slot + ADDRESSES) == addresses
                && RawMemory.getInt(slot + PORTS) == ports
                && RawMemory.getByte(slot + PROTOCOL) == protocol;
    }

    static int protocol(long slot) {
        return RawMemory.getByte(slot + PROTOCOL);
    }

    static boolean isFor(
            long slot,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int ports,
            int protocol) {
        return RawMemory.getLong(slot + PORTS) == portsAndProtocol(ports, protocol)
                && RawMemory.getLong(slot + WIDE_SOURCE + 8) == sourceLow
                && RawMemory.getLong(slot + WIDE_SOURCE) == sourceHigh
                && RawMemory.getLong(slot + WIDE_DESTINATION + 8) == destinationLow
                && RawMemory.getLong(slot + WIDE_DESTINATION) == destinationHigh;
    }

    private static long portsAndProtocol(int ports, int protocol) {
        return (ports & 0xFFFF_FFFFL) | ((long) protocol << 32);
    }

    static boolean isFor(long slot, FlowKey key) {
        return key.wide
                ? isFor(
                        slot,
                        key.sourceHigh,
                        key.sourceLow,
                        key.destinationHigh,
                        key.destinationLow,
                        key.ports,
                        key.protocol)
                : isFor(slot, key.addresses, key.ports, key.protocol);
    }

    /**
     * Asks for the cache line where there is no prefetch. It is a store, behind which the processor goes on, where it would wait
     * for a read: of what is there already, for no protocol has a number that reaches this byte.
     */
    static void fetch(long slot) {
        RawMemory.setByte(slot + ALWAYS_ZERO, 0);
    }

    static void writeKey(long slot, FlowKey key) {
        RawMemory.setLong(slot + PORTS, portsAndProtocol(key.ports, key.protocol));
        if (key.wide) {
            RawMemory.setLong(slot + WIDE_SOURCE, key.sourceHigh);
            RawMemory.setLong(slot + WIDE_SOURCE + 8, key.sourceLow);
            RawMemory.setLong(slot + WIDE_DESTINATION, key.destinationHigh);
            RawMemory.setLong(slot + WIDE_DESTINATION + 8, key.destinationLow);
        } else {
            RawMemory.setLong(slot + ADDRESSES, key.addresses);
        }
    }

    static long hash(long slot, FlowHash by) {
        return by.hash(
                RawMemory.getLong(slot + ADDRESSES), RawMemory.getInt(slot + PORTS), RawMemory.getInt(slot + PROTOCOL));
    }

    static long hashWide(long slot, FlowHash by) {
        return by.hash(
                RawMemory.getLong(slot + WIDE_SOURCE),
                RawMemory.getLong(slot + WIDE_SOURCE + 8),
                RawMemory.getLong(slot + WIDE_DESTINATION),
                RawMemory.getLong(slot + WIDE_DESTINATION + 8),
                RawMemory.getInt(slot + PORTS),
                RawMemory.getInt(slot + PROTOCOL));
    }

    /** {@code key.wide} says how; check the control word after. */
    public static void readKey(long slot, FlowKey key) {
        key.ports = RawMemory.getInt(slot + PORTS);
        key.protocol = RawMemory.getInt(slot + PROTOCOL);
        if (key.wide) {
            key.sourceHigh = RawMemory.getLong(slot + WIDE_SOURCE);
            key.sourceLow = RawMemory.getLong(slot + WIDE_SOURCE + 8);
            key.destinationHigh = RawMemory.getLong(slot + WIDE_DESTINATION);
            key.destinationLow = RawMemory.getLong(slot + WIDE_DESTINATION + 8);
        } else {
            key.addresses = RawMemory.getLong(slot + ADDRESSES);
        }
    }

    /** The packet becomes one with this key. */
    static void writeTranslation(long slot, FlowKey to, int headerDelta, int transportDelta) {
        final long deltas = headerDelta | ((long) transportDelta << 16);
        RawMemory.setLong(slot + NEW_PORTS, (to.ports & 0xFFFF_FFFFL) | (deltas << 32));
        if (to.wide) {
            RawMemory.setLong(slot + WIDE_NEW_SOURCE, to.sourceHigh);
            RawMemory.setLong(slot + WIDE_NEW_SOURCE + 8, to.sourceLow);
            RawMemory.setLong(slot + WIDE_NEW_DESTINATION, to.destinationHigh);
            RawMemory.setLong(slot + WIDE_NEW_DESTINATION + 8, to.destinationLow);
        } else {
            RawMemory.setLong(slot + NEW_ADDRESSES, to.addresses);
        }
    }

    /** What a packet with the slot's key becomes; {@code to.wide} says how. Check the control word after. */
    public static void readTranslation(long slot, FlowKey to) {
        to.ports = portsOf(portsAndDeltas(slot));
        to.protocol = RawMemory.getInt(slot + PROTOCOL);
        if (to.wide) {
            to.sourceHigh = newSourceHigh(slot);
            to.sourceLow = newSourceLow(slot);
            to.destinationHigh = newDestinationHigh(slot);
            to.destinationLow = newDestinationLow(slot);
        } else {
            to.addresses = newAddresses(slot);
        }
    }

    /** Raw: what the packet's addresses become. */
    public static long newAddresses(long slot) {
        return RawMemory.getLong(slot + NEW_ADDRESSES);
    }

    public static long newSourceHigh(long slot) {
        return RawMemory.getLong(slot + WIDE_NEW_SOURCE);
    }

    public static long newSourceLow(long slot) {
        return RawMemory.getLong(slot + WIDE_NEW_SOURCE + 8);
    }

    public static long newDestinationHigh(long slot) {
        return RawMemory.getLong(slot + WIDE_NEW_DESTINATION);
    }

    public static long newDestinationLow(long slot) {
        return RawMemory.getLong(slot + WIDE_NEW_DESTINATION + 8);
    }

    /** {@link #portsOf}, {@link #headerDelta} and {@link #transportDelta} take it apart. */
    public static long portsAndDeltas(long slot) {
        return RawMemory.getLong(slot + NEW_PORTS);
    }

    public static int portsOf(long portsAndDeltas) {
        return (int) portsAndDeltas;
    }

    public static int headerDelta(long portsAndDeltas) {
        return (int) (portsAndDeltas >>> 32) & 0xFFFF;
    }

    public static int transportDelta(long portsAndDeltas) {
        return (int) (portsAndDeltas >>> 48);
    }

    static void resetCounters(long slot) {
        RawMemory.setLongOpaque(slot + PACKETS, 0);
        RawMemory.setLongOpaque(slot + BYTE_COUNT, 0);
    }

    /**
     * No read-modify-write: exact while one thread at a time handles a direction, as receive queues see to. Plain, which an
     * aligned long survives whole; readers are opaque, and may be late.
     */
    public static void count(long slot, int bytes) {
        RawMemory.setLong(slot + PACKETS, RawMemory.getLong(slot + PACKETS) + 1);
        RawMemory.setLong(slot + BYTE_COUNT, RawMemory.getLong(slot + BYTE_COUNT) + bytes);
    }

    public static long packets(long slot) {
        return RawMemory.getLongOpaque(slot + PACKETS);
    }

    public static long bytes(long slot) {
        return RawMemory.getLongOpaque(slot + BYTE_COUNT);
    }

    static int pair(long slot) {
        return RawMemory.getInt(slot + PAIR);
    }

    static void setPairAndTag(long slot, int pair, int tag) {
        RawMemory.setLong(slot + PAIR, (pair & 0xFFFF_FFFFL) | ((long) tag << 32));
    }

    public static int tag(long slot) {
        return RawMemory.getInt(slot + TAG);
    }

    /** Acquire, pairs with the release that made it LIVE: who reads that sees key and translation. */
    public static long controlAcquire(long slot) {
        return RawMemory.getLongAcquire(slot);
    }

    static long controlVolatile(long slot) {
        return RawMemory.getLongVolatile(slot);
    }

    /** Release; {@link #publish} is a full fence on top. */
    static void place(long slot, long control) {
        RawMemory.setLongRelease(slot, control);
    }

    static void publish(long slot, long control) {
        RawMemory.setLongVolatile(slot, control);
    }

    static boolean casControl(long slot, long expected, long control) {
        return RawMemory.compareAndSetLong(slot, expected, control);
    }
}
