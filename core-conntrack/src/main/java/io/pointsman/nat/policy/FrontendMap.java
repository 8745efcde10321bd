package io.pointsman.nat.policy;

import io.pointsman.nat.Hashing;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Map from protocol, address and port. One thread writes, one entry at a time and in constant time; any thread reads without
 * blocking or allocating, and sees each entry as it was before or after a change.
 */
public final class FrontendMap<V> {
    private static final int MIN_SIZE = 16;

    // A key keeps its slot as long as the array lives, so that a reader never misses an entry that moves.
    private static final class Slot<V> {
        final int protocol;
        final boolean ipv4;
        final long high;
        final long low;
        final int port;
        volatile @Nullable V value;

        Slot(int protocol, boolean ipv4, long high, long low, int port, V value) {
            this.protocol = protocol;
            this.ipv4 = ipv4;
            this.high = high;
            this.low = low;
            this.port = port;
            this.value = value;
        }

        boolean isFor(int otherProtocol, boolean isIpv4, long otherHigh, long otherLow, int otherPort) {
            return low == otherLow
                    && port == otherPort
                    && high == otherHigh
                    && protocol == otherProtocol
                    && ipv4 == isIpv4;
        }
    }

    private volatile AtomicReferenceArray<@Nullable Slot<V>> slots = new AtomicReferenceArray<>(MIN_SIZE);
    private int used; // slots taken, with or without a value
    private int live;

    @Nullable
    public V find(int protocol, boolean ipv4, long high, long low, int port) {
        final Slot<V> slot = slot(slots, protocol, ipv4, high, low, port);
        return slot == null ? null : slot.value;
    }

    /** Sets the value of a key. Control thread. */
    public void put(int protocol, boolean ipv4, long high, long low, int port, V value) {
        final Slot<V> known = slot(slots, protocol, ipv4, high, low, port);
        if (known != null) {
            live += known.value == null ? 1 : 0;
            known.value = value;
            return;
        }
        if ((used + 1) * 2 > slots.length()) {
            rebuild();
        }
        place(slots, new Slot<>(protocol, ipv4, high, low, port, value));
        used++;
        live++;
    }

    /** Removes the value of a key. Control thread. */
    void remove(int protocol, boolean ipv4, long high, long low, int port) {
        final Slot<V> known = slot(slots, protocol, ipv4, high, low, port);
        if (known != null && known.value != null) {
            known.value = null;
            live--;
        }
    }

    /** Number of values. Control thread. */
    int size() {
        return live;
    }

    private void rebuild() {
        final AtomicReferenceArray<@Nullable Slot<V>> old = slots;
        final AtomicReferenceArray<@Nullable Slot<V>> fresh =
                new AtomicReferenceArray<>(Math.max(MIN_SIZE, Integer.highestOneBit(live + 1) * 8));
        used = 0;
        for (int i = 0; i < old.length(); i++) {
            final Slot<V> slot = old.getPlain(i);
            if (slot != null && slot.value != null) {
                place(fresh, slot);
                used++;
            }
        }
        slots = fresh;
    }

    private static <V> void place(AtomicReferenceArray<@Nullable Slot<V>> slots, Slot<V> slot) {
        final int mask = slots.length() - 1;
        int index = home(slot.protocol, slot.high, slot.low, slot.port) & mask;
        while (slots.getPlain(index) != null) {
            index = (index + 1) & mask;
        }
        slots.setRelease(index, slot);
    }

    private static <V> @Nullable Slot<V> slot(
            AtomicReferenceArray<@Nullable Slot<V>> slots, int protocol, boolean ipv4, long high, long low, int port) {
        final int mask = slots.length() - 1;
        int index = home(protocol, high, low, port) & mask;
        while (true) { // terminates: the array is at most half full
            final Slot<V> slot = slots.getAcquire(index);
            if (slot == null || slot.isFor(protocol, ipv4, high, low, port)) {
                return slot;
            }
            index = (index + 1) & mask;
        }
    }

    private static int home(int protocol, long high, long low, int port) {
        return Hashing.spread(high, low ^ (long) port << 40 ^ (long) protocol << 32);
    }
}
