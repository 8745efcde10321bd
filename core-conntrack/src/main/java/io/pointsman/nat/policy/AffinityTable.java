package io.pointsman.nat.policy;

import io.pointsman.nat.Hashing;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Endpoints that clients are bound to, by a 64-bit keyed hash of client and service port: two clients share an entry once in
 * 2^64 pairs. A cache of buckets: a full bucket loses the entry with the nearest deadline. Lock-free, any thread.
 *
 * <p>An entry is two longs: the key, 0 for none; and the endpoint's number (high half) with the deadline (low half, in ticks
 * of 2^{@value #TICK_SHIFT} ns, compared as a difference).
 */
public final class AffinityTable {
    private static final int ENTRIES = 8; // in a bucket
    private static final int BUCKET_LONGS = ENTRIES * 2;
    private static final int TICK_SHIFT = 26; // 67 ms; the half range is 4.5 years
    private static final long MAX_TICKS = 1L << 30;

    private final AtomicLongArray table;
    private final int buckets;

    /**
     * Creates an empty table.
     *
     * @param capacity entries it should hold; twice as many are allocated
     */
    public AffinityTable(int capacity) {
        buckets = Math.max(1, (int) (((long) capacity * 2 + ENTRIES - 1) / ENTRIES));
        table = new AtomicLongArray(Math.multiplyExact(buckets, BUCKET_LONGS));
    }

    /** Returns the endpoint's number, or {@link EndpointRegistry#NONE}. */
    public int find(long hash, long nowNanos) {
        final long key = hash == 0 ? 1 : hash;
        final int bucket = bucket(key);
        final int now = tick(nowNanos);
        for (int i = bucket; i < bucket + BUCKET_LONGS; i += 2) {
            if (table.getAcquire(i) == key) {
                final long value = table.getAcquire(i + 1);
                if (table.getAcquire(i) == key && isLive(value, now)) {
                    return (int) (value >>> 32);
                }
            }
        }
        return EndpointRegistry.NONE;
    }

    /** Returns the time until the binding ends unless renewed, in nanoseconds of whole ticks; 0 for none. */
    long leftNanos(long hash, long nowNanos) {
        final long key = hash == 0 ? 1 : hash;
        final int bucket = bucket(key);
        final int now = tick(nowNanos);
        for (int i = bucket; i < bucket + BUCKET_LONGS; i += 2) {
            final long value = table.getAcquire(i + 1);
            if (table.getAcquire(i) == key && isLive(value, now)) {
                return (long) ((int) value - now) << TICK_SHIFT;
            }
        }
        return 0;
    }

    /** Binds a client to an endpoint, or renews the binding, for at least this long and up to two ticks longer. */
    public void put(long hash, int endpointId, long nowNanos, long timeoutNanos) {
        final long key = hash == 0 ? 1 : hash;
        final int bucket = bucket(key);
        final int now = tick(nowNanos);
        final int ticks = (int) Math.min((timeoutNanos >>> TICK_SHIFT) + 2, MAX_TICKS);
        final long value = (long) endpointId << 32 | Integer.toUnsignedLong(now + ticks);
        int victim = bucket;
        int victimLeft = Integer.MAX_VALUE;
        for (int i = bucket; i < bucket + BUCKET_LONGS; i += 2) {
            final long other = table.getAcquire(i);
            if (other == key) {
                table.setRelease(i + 1, value);
                return;
            }
            final long otherValue = table.getAcquire(i + 1);
            final int left = other == 0 || !isLive(otherValue, now) ? -1 : (int) otherValue - now;
            if (left < victimLeft) {
                victimLeft = left;
                victim = i;
            }
        }
        // The value is first set to an expired one, so that no reader sees the new key with the old key's endpoint.
        final long old = table.get(victim);
        table.setRelease(victim + 1, Integer.toUnsignedLong(now - 1));
        if (table.compareAndSet(victim, old, key)) {
            table.setRelease(victim + 1, value);
        }
    }

    private int bucket(long key) {
        return Hashing.below(key, buckets) * BUCKET_LONGS;
    }

    private static boolean isLive(long value, int now) {
        return value >>> 32 != 0 && (int) value - now > 0;
    }

    private static int tick(long nanos) {
        return (int) (nanos >> TICK_SHIFT);
    }
}
