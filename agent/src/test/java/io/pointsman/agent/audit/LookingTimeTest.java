package io.pointsman.agent.audit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LookingTimeTest {
    @Test
    void shouldLeaveHalfOfEachWindow() {
        final LookingTime time = new LookingTime(7);
        time.spend(LookingTime.MOST_NANOS - 1);
        assertThat(time.isLeft(8)).isTrue();
        time.spend(1);
        assertThat(time.isLeft(9)).isFalse();
        assertThat(time.isLeft(6 + LookingTime.WINDOW_NANOS)).isFalse();
        assertThat(time.isLeft(7 + LookingTime.WINDOW_NANOS)).isTrue();
    }
}
