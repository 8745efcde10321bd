package io.pointsman.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpFamily;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProxyHealthTest {
    private final TestClock clock = new TestClock();
    private Optional<String> failure = Optional.empty();
    private final ProxyHealth health = new ProxyHealth(clock, clock::nanoTime, Duration.ofSeconds(60), () -> failure);

    @Test
    void shouldBeIllWhenTheFirstSyncTakesLongerThanTheTimeout() {
        clock.advance(Duration.ofHours(1));
        assertThat(health.isHealthy()).as("waits for its source").isTrue();
        health.syncStarted();
        clock.advance(Duration.ofSeconds(59));
        assertThat(health.isHealthy()).isTrue();
        clock.advance(Duration.ofSeconds(1));
        assertThat(health.isHealthy()).isFalse();
        assertThat(health.isSyncOverdue()).isTrue();
        health.updated(IpFamily.IPV4);
        assertThat(health.isHealthy()).isTrue();
    }

    @Test
    void shouldBeIllWhenNoneOfTheFirstAttemptsSucceeds() {
        for (int attempt = 0; attempt < 6; attempt++) {
            assertThat(health.isHealthy()).isTrue();
            health.syncStarted();
            clock.advance(Duration.ofSeconds(10));
            health.syncFailed();
        }
        assertThat(health.isHealthy()).isFalse();
    }

    @Test
    void shouldBeIllWhenALaterSyncTakesLongerThanTheTimeoutThoughNothingWasQueued() {
        health.syncStarted();
        health.updated(IpFamily.IPV4);
        health.syncStarted();
        clock.advance(Duration.ofSeconds(60));
        assertThat(health.snapshot().healthy()).isFalse();
        assertThat(health.snapshot().families())
                .hasEntrySatisfying(
                        IpFamily.IPV4, family -> assertThat(family.healthy()).isFalse());
        health.syncFailed();
        assertThat(health.isHealthy()).as("in force is what was").isTrue();
    }

    @Test
    void shouldNotMindWhenTheWallClockIsSet() {
        health.updated(IpFamily.IPV4);
        health.queued(IpFamily.IPV4);
        clock.setWallClock(Instant.parse("2030-01-01T00:00:00Z"));
        assertThat(health.isHealthy()).isTrue();
        clock.setWallClock(Instant.parse("2020-01-01T00:00:00Z"));
        clock.advance(Duration.ofSeconds(60));
        assertThat(health.isHealthy()).isFalse();
    }

    @Test
    void shouldBeIllWhenTheProcessHasFailed() {
        health.updated(IpFamily.IPV4);
        failure = Optional.of("a thread ended");
        assertThat(health.snapshot().healthy()).isFalse();
    }
}
