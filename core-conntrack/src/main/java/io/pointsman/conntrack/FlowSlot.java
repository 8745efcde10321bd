package io.pointsman.conntrack;

import io.pointsman.packet.RawMemory;

/**
 * Accessors for a slot, one direction of a flow, by its absolute address. An IPv4 slot is one cache line, an IPv6 slot two.
 *
 * <pre>
 *  0 control        {@link Control}
 *  8 ports          key, raw: source in the low half
 * 12 protocol       key: one byte, then three zero bytes
 * 16 addresses      key of IPv4, raw: source in the low half     IPv6: 16 source high, 24 source low
 * 24 new addresses  translation of IPv4
 * 32 new ports      translation: the ports after it
 * 36 deltas         translation: checksum differences, header in the low half, transport in the high half
 * 40 packets
 * 48 bytes
 * 56 pair           number of the other direction's slot
 * 60 tag            a number for the table's user: the endpoint
 * 64                IPv6: destination high, low; 80 new source high, low; 96 new destination high, low; 112 unused
 * </pre>
 *
 * Key and translation are written before the control word says LIVE and do not change while it does. "Raw" means in network
 * byte order, as the bytes lie in the packet.
 */
public final class FlowSlot {
    static final int SHIFT = 6; // binary logarithm of a slot's bytes
    static final int IPV6_SHIFT = 7;

    private static final int PORTS_OFFSET = 8;
    private static final int PROTOCOL_OFFSET = 12;
    private static final int ZERO_BYTE_OFFSET = 15;
    private static final int ADDRESSES_OFFSET = 16;
    private static final int NEW_ADDRESSES_OFFSET = 24;
    private static final int NEW_PORTS_OFFSET = 32;
    private static final int PACKETS_OFFSET = 40;
    private static final int BYTE_COUNT_OFFSET = 48;
    private static final int PAIR_OFFSET = 56;
    private static final int TAG_OFFSET = 60;

    // IPv6: each address in two halves
    private static final int SOURCE_HIGH_OFFSET = 16;
    private static final int SOURCE_LOW_OFFSET = 24;
    private static final int DESTINATION_HIGH_OFFSET = 64;
    private static final int DESTINATION_LOW_OFFSET = 72;
    private static final int NEW_SOURCE_HIGH_OFFSET = 80;
    private static final int NEW_SOURCE_LOW_OFFSET = 88;
    private static final int NEW_DESTINATION_HIGH_OFFSET = 96;
    private static final int NEW_DESTINATION_LOW_OFFSET = 104;
    private static final int UNUSED_BYTE_OFFSET = 127;

    private FlowSlot() {}

    public static boolean isFor(long slot, long addresses, int ports, int protocol) {
        return RawMemory.getLong(slot + ADDRESSES_OFFSET) == addresses
                && RawMemory.getInt(slot + PORTS_OFFSET) == ports
                && RawMemory.getByte(slot + PROTOCOL_OFFSET) == protocol;
    }

    /** Protocol of the key. */
    public static int protocol(long slot) {
        return RawMemory.getByte(slot + PROTOCOL_OFFSET);
    }

    /** Ports of the key, raw. */
    public static int ports(long slot) {
        return RawMemory.getInt(slot + PORTS_OFFSET);
    }

    /** Addresses of an IPv4 slot's key, raw. */
    public static long addresses(long slot) {
        return RawMemory.getLong(slot + ADDRESSES_OFFSET);
    }

    public static long sourceHigh(long slot) {
        return RawMemory.getLong(slot + SOURCE_HIGH_OFFSET);
    }

    public static long sourceLow(long slot) {
        return RawMemory.getLong(slot + SOURCE_LOW_OFFSET);
    }

    public static long destinationHigh(long slot) {
        return RawMemory.getLong(slot + DESTINATION_HIGH_OFFSET);
    }

    public static long destinationLow(long slot) {
        return RawMemory.getLong(slot + DESTINATION_LOW_OFFSET);
    }

    /** Whether the key of an IPv6 slot is this tuple. */
    public static boolean isFor(
            long slot,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int ports,
            int protocol) {
        return RawMemory.getLong(slot + PORTS_OFFSET) == portsAndProtocol(ports, protocol)
                && RawMemory.getLong(slot + SOURCE_LOW_OFFSET) == sourceLow
                && RawMemory.getLong(slot + SOURCE_HIGH_OFFSET) == sourceHigh
                && RawMemory.getLong(slot + DESTINATION_LOW_OFFSET) == destinationLow
                && RawMemory.getLong(slot + DESTINATION_HIGH_OFFSET) == destinationHigh;
    }

    private static long portsAndProtocol(int ports, int protocol) {
        return (ports & 0xFFFF_FFFFL) | ((long) protocol << 32);
    }

    static boolean isFor(long slot, FlowKey key) {
        return key.isIpv6
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
     * Prefetches a slot's first line by storing the value that is already there: unlike on a load, the core does not stall
     * on a store. The byte is always zero, because a protocol number needs one byte of its four.
     */
    static void prefetchByStore(long slot) {
        RawMemory.setByte(slot + ZERO_BYTE_OFFSET, 0);
    }

    /**
     * Prefetches the second line of an IPv6 slot as {@link #prefetchByStore} does the first; the last bytes of that line are
     * unused.
     */
    static void prefetchSecondLineByStore(long slot) {
        RawMemory.setByte(slot + UNUSED_BYTE_OFFSET, 0);
    }

    static void writeKey(long slot, FlowKey key) {
        RawMemory.setLong(slot + PORTS_OFFSET, portsAndProtocol(key.ports, key.protocol));
        if (key.isIpv6) {
            RawMemory.setLong(slot + SOURCE_HIGH_OFFSET, key.sourceHigh);
            RawMemory.setLong(slot + SOURCE_LOW_OFFSET, key.sourceLow);
            RawMemory.setLong(slot + DESTINATION_HIGH_OFFSET, key.destinationHigh);
            RawMemory.setLong(slot + DESTINATION_LOW_OFFSET, key.destinationLow);
        } else {
            RawMemory.setLong(slot + ADDRESSES_OFFSET, key.addresses);
        }
    }

    static long hash(long slot, FlowHash by) {
        return by.hash(
                RawMemory.getLong(slot + ADDRESSES_OFFSET),
                RawMemory.getInt(slot + PORTS_OFFSET),
                RawMemory.getInt(slot + PROTOCOL_OFFSET));
    }

    static long hashIpv6(long slot, FlowHash by) {
        return by.hash(
                RawMemory.getLong(slot + SOURCE_HIGH_OFFSET),
                RawMemory.getLong(slot + SOURCE_LOW_OFFSET),
                RawMemory.getLong(slot + DESTINATION_HIGH_OFFSET),
                RawMemory.getLong(slot + DESTINATION_LOW_OFFSET),
                RawMemory.getInt(slot + PORTS_OFFSET),
                RawMemory.getInt(slot + PROTOCOL_OFFSET));
    }

    /** Reads the key in the layout that {@code key.isIpv6} names. Validate the control word after. */
    public static void readKey(long slot, FlowKey key) {
        key.ports = RawMemory.getInt(slot + PORTS_OFFSET);
        key.protocol = RawMemory.getInt(slot + PROTOCOL_OFFSET);
        if (key.isIpv6) {
            key.sourceHigh = RawMemory.getLong(slot + SOURCE_HIGH_OFFSET);
            key.sourceLow = RawMemory.getLong(slot + SOURCE_LOW_OFFSET);
            key.destinationHigh = RawMemory.getLong(slot + DESTINATION_HIGH_OFFSET);
            key.destinationLow = RawMemory.getLong(slot + DESTINATION_LOW_OFFSET);
        } else {
            key.addresses = RawMemory.getLong(slot + ADDRESSES_OFFSET);
        }
    }

    /** Writes the translation: a packet with the slot's key becomes one with the key {@code to}. */
    static void writeTranslation(long slot, FlowKey to, int headerDelta, int transportDelta) {
        final long deltas = headerDelta | ((long) transportDelta << 16);
        RawMemory.setLong(slot + NEW_PORTS_OFFSET, (to.ports & 0xFFFF_FFFFL) | (deltas << 32));
        if (to.isIpv6) {
            RawMemory.setLong(slot + NEW_SOURCE_HIGH_OFFSET, to.sourceHigh);
            RawMemory.setLong(slot + NEW_SOURCE_LOW_OFFSET, to.sourceLow);
            RawMemory.setLong(slot + NEW_DESTINATION_HIGH_OFFSET, to.destinationHigh);
            RawMemory.setLong(slot + NEW_DESTINATION_LOW_OFFSET, to.destinationLow);
        } else {
            RawMemory.setLong(slot + NEW_ADDRESSES_OFFSET, to.addresses);
        }
    }

    /** Reads the translation in the layout that {@code to.isIpv6} names. Validate the control word after. */
    public static void readTranslation(long slot, FlowKey to) {
        to.ports = portsOf(portsAndDeltas(slot));
        to.protocol = RawMemory.getInt(slot + PROTOCOL_OFFSET);
        if (to.isIpv6) {
            to.sourceHigh = newSourceHigh(slot);
            to.sourceLow = newSourceLow(slot);
            to.destinationHigh = newDestinationHigh(slot);
            to.destinationLow = newDestinationLow(slot);
        } else {
            to.addresses = newAddresses(slot);
        }
    }

    /** Returns the addresses after translation, raw. */
    public static long newAddresses(long slot) {
        return RawMemory.getLong(slot + NEW_ADDRESSES_OFFSET);
    }

    public static long newSourceHigh(long slot) {
        return RawMemory.getLong(slot + NEW_SOURCE_HIGH_OFFSET);
    }

    public static long newSourceLow(long slot) {
        return RawMemory.getLong(slot + NEW_SOURCE_LOW_OFFSET);
    }

    public static long newDestinationHigh(long slot) {
        return RawMemory.getLong(slot + NEW_DESTINATION_HIGH_OFFSET);
    }

    public static long newDestinationLow(long slot) {
        return RawMemory.getLong(slot + NEW_DESTINATION_LOW_OFFSET);
    }

    /**
     * Reads ports and checksum deltas at once: {@link #portsOf}, {@link #headerDelta} and {@link #transportDelta} unpack
     * them.
     */
    public static long portsAndDeltas(long slot) {
        return RawMemory.getLong(slot + NEW_PORTS_OFFSET);
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
        RawMemory.setLongOpaque(slot + PACKETS_OFFSET, 0);
        RawMemory.setLongOpaque(slot + BYTE_COUNT_OFFSET, 0);
    }

    /**
     * Counts a packet. Not an atomic read-modify-write: exact as long as one thread at a time handles a direction, which
     * receive queues ensure. A plain store of an aligned long is not torn; readers are opaque and may see an older value.
     */
    public static void count(long slot, int bytes) {
        RawMemory.setLong(slot + PACKETS_OFFSET, RawMemory.getLong(slot + PACKETS_OFFSET) + 1);
        RawMemory.setLong(slot + BYTE_COUNT_OFFSET, RawMemory.getLong(slot + BYTE_COUNT_OFFSET) + bytes);
    }

    public static long packets(long slot) {
        return RawMemory.getLongOpaque(slot + PACKETS_OFFSET);
    }

    public static long bytes(long slot) {
        return RawMemory.getLongOpaque(slot + BYTE_COUNT_OFFSET);
    }

    static int pair(long slot) {
        return RawMemory.getInt(slot + PAIR_OFFSET);
    }

    static void setPairAndTag(long slot, int pair, int tag) {
        RawMemory.setLong(slot + PAIR_OFFSET, (pair & 0xFFFF_FFFFL) | ((long) tag << 32));
    }

    public static int tag(long slot) {
        return RawMemory.getInt(slot + TAG_OFFSET);
    }

    /**
     * Reads the control word. Acquire; pairs with the release that made the slot LIVE: a reader of that value sees key and
     * translation.
     */
    public static long controlAcquire(long slot) {
        return RawMemory.getLongAcquire(slot);
    }

    static long controlVolatile(long slot) {
        return RawMemory.getLongVolatile(slot);
    }

    /**
     * Writes the control word. Release: earlier writes to the slot are visible to a thread that acquires this value. Not a
     * full fence.
     */
    static void setControlRelease(long slot, long control) {
        RawMemory.setLongRelease(slot, control);
    }

    /** Writes the control word. Volatile: also a full fence between this store and the searches that follow it. */
    static void setControlVolatile(long slot, long control) {
        RawMemory.setLongVolatile(slot, control);
    }

    static boolean casControl(long slot, long expected, long control) {
        return RawMemory.compareAndSetLong(slot, expected, control);
    }
}
