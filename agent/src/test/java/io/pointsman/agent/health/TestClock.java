package io.pointsman.agent.health;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that only the test moves. */
public final class TestClock implements InstantSource {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Duration monotonic = Duration.ofDays(-1);

    @Override
    public synchronized Instant instant() {
        return now;
    }

    /** Returns monotonic time, like {@link System#nanoTime}. */
    public synchronized long nanoTime() {
        return monotonic.toNanos();
    }

    /** Sets only the wall clock, as an administrator or NTP does. */
    public synchronized void setWallClock(Instant instant) {
        now = instant;
    }

    public synchronized void advance(Duration duration) {
        now = now.plus(duration);
        monotonic = monotonic.plus(duration);
    }
}
