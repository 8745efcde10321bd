package io.pointsman.agent.health;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Time that only the test moves. */
public final class TestClock implements InstantSource {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Duration monotonic = Duration.ofDays(-1);

    @Override
    public synchronized Instant instant() {
        return now;
    }

    /** Monotonic time, as {@link System#nanoTime}. */
    public synchronized long nanoTime() {
        return monotonic.toNanos();
    }

    /** Moves the wall clock alone, as an administrator or NTP does. */
    public synchronized void setWallClock(Instant instant) {
        now = instant;
    }

    public synchronized void advance(Duration duration) {
        now = now.plus(duration);
        monotonic = monotonic.plus(duration);
    }
}
