package io.pointsman.kubernetes.cluster;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Limits the events that are sent: a repeated event only after a while, and at most a burst, then one for each interval. A
 * thousand Services refused at once give a few events; {@code /status} lists them all. Not thread-safe.
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
     * @param burst number of events that may be sent at once
     * @param interval time after which one more may be sent
     * @param repeat time after which the same event may be sent again
     */
    EventBudget(int burst, Duration interval, Duration repeat, LongSupplier nanoTime) {
        this.burst = burst;
        this.intervalNanos = interval.toNanos();
        this.repeatNanos = repeat.toNanos();
        this.nanoTime = nanoTime;
        this.left = burst;
        this.countedNanos = nanoTime.getAsLong();
    }

    /** Whether to send this event; if so, it counts as sent. */
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
