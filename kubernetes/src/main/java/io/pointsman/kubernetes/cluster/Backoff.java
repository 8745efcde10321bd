package io.pointsman.kubernetes.cluster;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Pauses that double from one failure to the next, half of each chance, so that a cluster's nodes don't return as one. */
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

    /** How long to wait now. */
    Duration next() {
        final long half = next.toNanos() / 2;
        final Duration doubled = next.multipliedBy(2);
        next = doubled.compareTo(max) > 0 ? max : doubled;
        return Duration.ofNanos(half + random.nextLong(half + 1));
    }

    /** All is well: the next pause is a first one. */
    void reset() {
        next = first;
    }
}
