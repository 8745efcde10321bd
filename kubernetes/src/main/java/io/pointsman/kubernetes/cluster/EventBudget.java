package io.pointsman.kubernetes.cluster;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Which events are worth a request: none that was told a while ago already, and no more than a burst, then one for each
 * interval. A thousand Services that are refused at once are a few events and a page at {@code /status}. Not thread-safe.
 */
final class EventBudget {
    private static final int MAX_REMEMBERED = 1000;

    private final int burst;
    private final long intervalNanos;
    private final long repeatNanos;
    private final LongSupplier nanoTime;
    private final Map<NodeEvent, Long> told = new LinkedHashMap<>();
    private double left;
    private long countedNanos;

    /**
     * @param burst how many may be sent at once
     * @param interval after which one more may be
     * @param repeat after which the same may be told again
     */
    EventBudget(int burst, Duration interval, Duration repeat, LongSupplier nanoTime) {
        this.burst = burst;
        this.intervalNanos = interval.toNanos();
        this.repeatNanos = repeat.toNanos();
        this.nanoTime = nanoTime;
        this.left = burst;
        this.countedNanos = nanoTime.getAsLong();
    }

    /** Whether this one is to be sent; it counts as sent then. */
    boolean take(NodeEvent event) {
        final long nowNanos = nanoTime.getAsLong();
        final Long before = told.get(event);
        if (before != null && nowNanos - before < repeatNanos) {
            return false;
        }
        left = Math.min(burst, left + (double) (nowNanos - countedNanos) / intervalNanos);
        countedNanos = nowNanos;
        if (left < 1) {
            return false;
        }
        left--;
        told.remove(event);
        told.put(event, nowNanos);
        if (told.size() > MAX_REMEMBERED) {
            told.remove(told.keySet().iterator().next());
        }
        return true;
    }
}
