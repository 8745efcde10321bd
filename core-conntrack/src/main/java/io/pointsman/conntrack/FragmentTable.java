package io.pointsman.conntrack;

import io.pointsman.packet.PacketView;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Cache from a packet's first fragment to its flow, so that later fragments, which have no ports, find the flow too. An
 * entry lives 30 s or until another takes its place. Keyed with a 64-bit hash. Lock-free, any thread.
 *
 * <p>An entry's first word is its key mixed with the three others. If two threads write an entry at once, or one has not
 * finished, the words yield a key that no fragment has (Hyatt and Mann, "A lock-less transposition table implementation for
 * parallel search", ICGA Journal 25, 2002).
 */
public final class FragmentTable {
    private static final int ENTRIES = 1 << 12;
    private static final int ENTRY_LONGS = 4; // key, mixed; slot; control; deadline
    private static final long LIFE_NANOS = 30_000_000_000L; // IPV6_FRAG_TIMEOUT and IP_FRAG_TIME, Linux: 60 s and 30 s

    private final AtomicLongArray table = new AtomicLongArray(ENTRIES * ENTRY_LONGS);
    private final FlowHash hash;

    public FragmentTable(long seed) {
        hash = new FlowHash(seed);
    }

    /** Records that a first fragment belongs to the flow of this slot. */
    public void remember(PacketView first, long slot, long control, long nowNanos) {
        final long key = key(first);
        final int entry = entry(key);
        final long deadline = nowNanos + LIFE_NANOS;
        table.setOpaque(entry, key ^ mixed(slot, control, deadline));
        table.setOpaque(entry + 1, slot);
        table.setOpaque(entry + 2, control);
        table.setOpaque(entry + 3, deadline);
    }

    /**
     * Finds the flow of a later fragment. Returns false if it is unknown or has ended; the flow's deadline may have passed.
     */
    public boolean find(PacketView later, FlowCursor found, long nowNanos) {
        final long key = key(later);
        final int entry = entry(key);
        final long slot = table.getOpaque(entry + 1);
        final long control = table.getOpaque(entry + 2);
        final long deadline = table.getOpaque(entry + 3);
        if ((table.getOpaque(entry) ^ mixed(slot, control, deadline)) != key
                || deadline - nowNanos <= 0
                || slot == FlowCursor.NONE) {
            return false;
        }
        found.slot = slot;
        found.control = FlowSlot.controlAcquire(slot);
        return Control.isSameUse(control, found.control);
    }

    private static long mixed(long slot, long control, long deadline) {
        long mixed = slot * 0x9E37_79B9_7F4A_7C15L;
        mixed = Long.rotateLeft(mixed ^ control, 29) * 0xBF58_476D_1CE4_E5B9L;
        return Long.rotateLeft(mixed ^ deadline, 31) * 0x94D0_49BB_1331_11EBL;
    }

    /** Returns the position of the entry for a packet's fragments. */
    int entryOf(PacketView packet) {
        return entry(key(packet));
    }

    private static int entry(long key) {
        return (int) (key >>> 52) * ENTRY_LONGS;
    }

    private long key(PacketView packet) {
        final int id = packet.fragmentId();
        final long key = packet.isIpv4()
                ? hash.hash(packet.addresses(), id, packet.fragmentProtocol())
                : hash.hash(
                        packet.rawSourceHigh(),
                        packet.rawSourceLow(),
                        packet.rawDestinationHigh(),
                        packet.rawDestinationLow(),
                        id,
                        packet.fragmentProtocol());
        return key == 0 ? 1 : key;
    }
}
