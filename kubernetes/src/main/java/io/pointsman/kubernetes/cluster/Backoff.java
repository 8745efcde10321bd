package io.pointsman.kubernetes.cluster;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Computes pauses that double with each failure. Half of each is random, so that a cluster's nodes do not retry all at once.
 */
final class Backoff {
    private final Duration first;
    private final Duration max;
    private final RandomGenerator random;
    private Duration next;

    Backoff(Duration first, Duration max, RandomGenerator random) {
        this.first = first;
        this.max = max;
        this.random = random;
        this.next = first;
    }

    /** Returns the next pause. */
    Duration next() {
        final long half = next.toNanos() / 2;
        final Duration doubled = next.multipliedBy(2);
        next = doubled.compareTo(max) > 0 ? max : doubled;
        return Duration.ofNanos(half + random.nextLong(half + 1));
    }

    /** Resets to the first pause, after a success. */
    void reset() {
        next = first;
    }
}
