package io.pointsman.agent;

import java.time.Duration;

/**
 * Time of the next sync. A burst of requests makes one run. Runs keep a minimum gap from the end of one to the start of
 * the next. A failed run is retried after a delay that doubles up to the sync period. Without a request, a run comes
 * every period. Times are {@link System#nanoTime}. Not thread-safe.
 */
final class SyncSchedule {
    private static final long FIRST_RETRY_NANOS = Duration.ofSeconds(1).toNanos();

    /** Retry delay for what may heal by itself while everything else works, such as a port in use. */
    private static final long UNSETTLED_RETRY_NANOS = Duration.ofSeconds(5).toNanos();

    private long minGapNanos;
    private long periodNanos;
    private long earliestNanos;
    private long dueNanos;
    private long retryDelayNanos;
    private boolean requested;

    /** Result of a run. */
    enum Outcome {
        DONE,
        /** Plan in force, except for parts that are worth a retry. */
        UNSETTLED,
        FAILED
    }

    SyncSchedule(Duration minGap, Duration period, long nowNanos) {
        minGapNanos = minGap.toNanos();
        periodNanos = period.toNanos();
        earliestNanos = nowNanos;
        dueNanos = nowNanos + periodNanos;
    }

    /** Changes the gap and the period from the next run on. */
    void reconfigure(Duration minGap, Duration period) {
        minGapNanos = minGap.toNanos();
        periodNanos = period.toNanos();
    }

    /** Requests a run as soon as possible, as something changed. */
    void request() {
        requested = true;
    }

    /** Returns the time in nanoseconds from now until the next run; 0 or less to run now. */
    long waitNanos(long nowNanos) {
        return (requested ? earliestNanos : dueNanos) - nowNanos;
    }

    /** Marks the start of a run: later requests are for the next one. */
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
