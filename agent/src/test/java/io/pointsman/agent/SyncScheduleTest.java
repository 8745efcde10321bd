package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.SyncSchedule.Outcome;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SyncScheduleTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final SyncSchedule schedule = new SyncSchedule(Duration.ofSeconds(2), Duration.ofSeconds(30), 0);

    @Test
    void shouldRunAtOnceWhenTheFirstChangeArrives() {
        schedule.request();

        assertThat(schedule.waitNanos(0)).isLessThanOrEqualTo(0);
    }

    @Test
    void shouldJoinABurstWhenARunHasJustEnded() {
        schedule.request();
        schedule.started();
        schedule.finished(Outcome.DONE, 10 * SECOND);
        schedule.request();
        schedule.request();

        assertThat(schedule.waitNanos(10 * SECOND)).isEqualTo(2 * SECOND);
        schedule.started();
        schedule.finished(Outcome.DONE, 12 * SECOND);
        assertThat(schedule.waitNanos(12 * SECOND)).isEqualTo(30 * SECOND);
    }

    @Test
    void shouldRunAgainWhenAChangeArrivesDuringARun() {
        schedule.request();
        schedule.started();
        schedule.request();
        schedule.finished(Outcome.DONE, SECOND);

        assertThat(schedule.waitNanos(SECOND)).isEqualTo(2 * SECOND);
    }

    @Test
    void shouldWaitLongerEachTimeWhenRunsKeepFailing() {
        final long[] waits = new long[8];
        for (int i = 0; i < waits.length; i++) {
            schedule.started();
            schedule.finished(Outcome.FAILED, 0);
            waits[i] = schedule.waitNanos(0) / SECOND;
        }

        assertThat(waits).containsExactly(2, 2, 4, 8, 16, 30, 30, 30);
    }

    @Test
    void shouldTryAgainSoonerWhenARequestFollowsAFailure() {
        for (int i = 0; i < 5; i++) {
            schedule.started();
            schedule.finished(Outcome.FAILED, 0);
        }
        schedule.request();

        assertThat(schedule.waitNanos(0)).isEqualTo(2 * SECOND);
    }

    @Test
    void shouldComeBackSoonWhenSomethingIsUnsettled() {
        schedule.started();
        schedule.finished(Outcome.UNSETTLED, 0);

        assertThat(schedule.waitNanos(0)).isEqualTo(5 * SECOND);
    }
}
