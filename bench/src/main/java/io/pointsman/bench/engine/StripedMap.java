package io.pointsman.bench.engine;

import java.util.concurrent.locks.ReentrantLock;
import org.agrona.collections.Object2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** Baseline of a straightforward design: Agrona's open-addressing map, cut into stripes with a lock each. */
final class StripedMap {
    private static final int STRIPES = 64;

    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];
    private final StripeMap[] maps = new StripeMap[STRIPES];

    private static final class StripeMap extends Object2ObjectHashMap<BaselineKey, BaselineEntry> {
        private static final long serialVersionUID = 1L;

        StripeMap(int capacity) {
            super(capacity, 0.65f);
        }
    }

    StripedMap(int capacity) {
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
            maps[i] = new StripeMap(Math.max(8, 2 * capacity / STRIPES));
        }
    }

    private static int stripe(BaselineKey key) {
        return (key.hashCode() * 0x9E37_79B1) >>> 26;
    }

    void put(BaselineKey key, BaselineEntry entry) {
        final int stripe = stripe(key);
        locks[stripe].lock();
        try {
            maps[stripe].put(key, entry);
        } finally {
            locks[stripe].unlock();
        }
    }

    /** Finds the flow and counts the packet, under the stripe's lock; returns 0 for an unknown flow. */
    int hit(BaselineKey key, int length) {
        final int stripe = stripe(key);
        locks[stripe].lock();
        try {
            final @Nullable BaselineEntry entry = maps[stripe].get(key);
            return entry == null ? 0 : entry.hit(length);
        } finally {
            locks[stripe].unlock();
        }
    }
}
