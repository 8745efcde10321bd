package io.pointsman.nat.counters;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Number of flows on each of a set of endpoints. Threads mostly count in different stripes, so that they don't contend for
 * one cache line at every flow. A flow may be counted in one stripe and uncounted in another: only the sum has a meaning.
 */
public final class FlowCounts {
    /** Number of endpoints. */
    public static final int PLACES = 1024;

    private static final int STRIPES = 4;

    private final AtomicIntegerArray counts = new AtomicIntegerArray(STRIPES * PLACES);

    private static int stripe() {
        return (int) Thread.currentThread().threadId() & STRIPES - 1;
    }

    /** Adds to an endpoint's count. A full fence on both sides. */
    public void add(int place, int change) {
        counts.getAndAdd(stripe() * PLACES + place, change);
    }

    /** Sum over the stripes; a snapshot, off by what is counted meanwhile. */
    public int sum(int place) {
        int sum = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            sum += counts.get(stripe * PLACES + place);
        }
        return sum;
    }
}
