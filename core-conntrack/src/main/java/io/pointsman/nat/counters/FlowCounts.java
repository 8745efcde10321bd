package io.pointsman.nat.counters;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How many flows are on each of some endpoints. Threads count in stripes of their own, mostly, so that they don't meet on a
 * cache line for every flow; a flow may be counted in one and uncounted in another, and only their sum means something.
 */
public final class FlowCounts {
    /** Endpoints. */
    public static final int PLACES = 1024;

    private static final int STRIPES = 4;

    private final AtomicIntegerArray counts = new AtomicIntegerArray(STRIPES * PLACES);

    private static int stripe() {
        return (int) Thread.currentThread().threadId() & STRIPES - 1;
    }

    /** A full fence on both sides. */
    public void add(int place, int change) {
        counts.getAndAdd(stripe() * PLACES + place, change);
    }

    /** A snapshot. May be too small or too large by what is counted meanwhile. */
    public int sum(int place) {
        int sum = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            sum += counts.get(stripe * PLACES + place);
        }
        return sum;
    }
}
