package io.pointsman.conntrack;

import io.pointsman.packet.PacketView;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Remembers for the first fragments of packets which flow they went with, so that the later ones, which have no ports,
 * follow. A cache: an entry lives 30 s or until another takes its place. Keyed with a 64-bit hash. Lock-free, any thread.
 */
public final class FragmentTable {
    private static final int ENTRIES = 1 << 12;
    private static final int ENTRY_LONGS = 4; // hash, 0 while being written; slot; control; deadline
    private static final long LIFE_NANOS = 30_000_000_000L; // IPV6_FRAG_TIMEOUT and IP_FRAG_TIME, Linux: 60 s and 30 s

    private final AtomicLongArray table = new AtomicLongArray(ENTRIES * ENTRY_LONGS);
    private final FlowHash hash;

    public FragmentTable(long seed) {
        hash = new FlowHash(seed);
    }

    /** A first fragment went with the flow of this slot. */
    public void remember(PacketView first, long slot, long control, long nowNanos) {
        final long key = key(first);
        final int entry = entry(key);
        table.set(entry, 0);
        table.setRelease(entry + 1, slot);
        table.setRelease(entry + 2, control);
        table.setRelease(entry + 3, nowNanos + LIFE_NANOS);
        table.setRelease(entry, key);
    }

    /** Where the flow of a later fragment is. Two writers of one entry may mix: the control word tells. */
    public boolean find(PacketView later, FlowCursor found, long nowNanos) {
        final long key = key(later);
        final int entry = entry(key);
        if (table.getAcquire(entry) != key) {
            return false;
        }
        final long slot = table.getAcquire(entry + 1);
        final long control = table.getAcquire(entry + 2);
        final long deadline = table.getAcquire(entry + 3);
        if (table.getAcquire(entry) != key || deadline - nowNanos <= 0 || slot == FlowCursor.NONE) {
            return false;
        }
        found.slot = slot;
        found.control = control;
        return found.isStillValid();
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
