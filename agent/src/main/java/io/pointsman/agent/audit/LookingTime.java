package io.pointsman.agent.audit;

import java.util.concurrent.TimeUnit;

/** Limits a task to half of a thread's time: 50 ms in each window of 100 ms. Used by one thread. */
final class LookingTime {
    static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    static final long MOST_NANOS = WINDOW_NANOS / 2;

    private long windowNanos;
    private long spentNanos;

    LookingTime(long nowNanos) {
        windowNanos = nowNanos;
    }

    /** Whether time is left in the current window. */
    boolean isLeft(long nowNanos) {
        if (nowNanos - windowNanos >= WINDOW_NANOS) {
            windowNanos = nowNanos;
            spentNanos = 0;
        }
        return spentNanos < MOST_NANOS;
    }

    void spend(long nanos) {
        spentNanos += nanos;
    }
}
