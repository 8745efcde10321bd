package io.pointsman.agent.audit;

import java.util.concurrent.TimeUnit;

/** Leaves half of a thread's time for what must not wait: of each tenth of a second one half may be spent. One thread. */
final class LookingTime {
    static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    static final long MOST_NANOS = WINDOW_NANOS / 2;

    private long windowNanos;
    private long spentNanos;

    LookingTime(long nowNanos) {
        windowNanos = nowNanos;
    }

    /** Whether there is some left. */
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
