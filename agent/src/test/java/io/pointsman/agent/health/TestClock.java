package io.pointsman.agent.health;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Time that only the test moves. */
public final class TestClock implements InstantSource {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public synchronized Instant instant() {
        return now;
    }

    public synchronized void advance(Duration duration) {
        now = now.plus(duration);
    }
}
