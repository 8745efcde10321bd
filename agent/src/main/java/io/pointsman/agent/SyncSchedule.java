package io.pointsman.agent;

import java.time.Duration;

/**
 * When to run next. A burst of requests makes one run; runs keep a distance from the end of one to the start of the next; a
 * failed run is tried again after a delay that doubles up to the sync period; a run without a request comes every period.
 * Times are {@link System#nanoTime}. Not thread-safe.
 */
final class SyncSchedule {
    private static final long FIRST_RETRY_NANOS = Duration.ofSeconds(1).toNanos();

    /** For what may heal by itself while everything else works: a port that something else holds, say. */
    private static final long UNSETTLED_RETRY_NANOS = Duration.ofSeconds(5).toNanos();

    private long minGapNanos;
    private long periodNanos;
    private long earliestNanos;
    private long dueNanos;
    private long retryDelayNanos;
    private boolean requested;

    /** How a run went. */
    enum Outcome {
        DONE,
        /** In force, but for something that is worth another try. */
        UNSETTLED,
        FAILED
    }

    SyncSchedule(Duration minGap, Duration period, long nowNanos) {
        minGapNanos = minGap.toNanos();
        periodNanos = period.toNanos();
        earliestNanos = nowNanos;
        dueNanos = nowNanos + periodNanos;
    }

    /** Takes other distances, from the next run on. */
    void reconfigure(Duration minGap, Duration period) {
        minGapNanos = minGap.toNanos();
        periodNanos = period.toNanos();
    }

    /** Something changed: run as soon as may be. */
    void request() {
        requested = true;
    }

    /** How long to wait from now until the next run, 0 or less to run now. */
    long waitNanos(long nowNanos) {
        return (requested ? earliestNanos : dueNanos) - nowNanos;
    }

    /** A run starts: whatever is requested from here on is for the next. */
    void started() {
        requested = false;
    }

    void finished(Outcome outcome, long nowNanos) {
        earliestNanos = nowNanos + minGapNanos;
        retryDelayNanos = outcome == Outcome.FAILED ? nextRetryDelay() : 0;
        final long delay =
                switch (outcome) {
                    case DONE -> periodNanos;
                    case UNSETTLED -> Math.min(UNSETTLED_RETRY_NANOS, periodNanos);
                    case FAILED -> retryDelayNanos;
                };
        dueNanos = nowNanos + Math.max(delay, minGapNanos);
    }

    private long nextRetryDelay() {
        return Math.min(retryDelayNanos == 0 ? FIRST_RETRY_NANOS : retryDelayNanos * 2, periodNanos);
    }
}
