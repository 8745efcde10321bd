package io.pointsman.testkit.outsiders;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TallyTest {
    private final Tally tally = new Tally();

    @Test
    void shouldTellWithinWhichTimeAPartWasAnswered() {
        for (int i = 10_000; i > 0; i--) {
            tally.answered(i * 1_000_000L);
        }

        assertThat(tally.quantileMillis(0)).isEqualTo(1);
        assertThat(tally.quantileMillis(0.5)).isEqualTo(5_001);
        assertThat(tally.quantileMillis(0.99)).isEqualTo(9_901);
        assertThat(tally.quantileMillis(1)).isEqualTo(10_000);
        assertThat(tally.answered()).isEqualTo(10_000);
        assertThat(tally.lost()).isZero();
    }

    @Test
    void shouldKeepTheFirstReasonsWhenManyAreLost() {
        for (int i = 0; i < 1_000; i++) {
            tally.lost("reason " + i);
        }

        assertThat(tally.lost()).isEqualTo(1_000);
        assertThat(tally.reasons()).hasSize(10).startsWith("reason 0", "reason 1");
        assertThat(tally.quantileMillis(0.5)).isNaN();
    }
}
