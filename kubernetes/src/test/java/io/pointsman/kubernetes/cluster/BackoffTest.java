package io.pointsman.kubernetes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void shouldDoubleUpToAMaximumWithHalfOfItChance() {
        final Backoff backoff = new Backoff(Duration.ofMillis(800), Duration.ofSeconds(30), new Random(1));

        for (long whole : new long[] {800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000}) {
            assertThat(backoff.next()).isBetween(Duration.ofMillis(whole / 2), Duration.ofMillis(whole));
        }
        backoff.reset();
        assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(800));
    }
}
