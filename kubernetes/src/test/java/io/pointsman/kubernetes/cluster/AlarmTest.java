package io.pointsman.kubernetes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AlarmTest {
    private static final int PATIENCE_SECONDS = 30;

    private final BlockingQueue<Integer> runs = new LinkedBlockingQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    private int next() throws InterruptedException {
        final Integer run = runs.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(run).as("a run of the task").isNotNull();
        return run;
    }

    private int run() {
        final int number = count.incrementAndGet();
        runs.add(number);
        return number;
    }

    @Test
    void shouldDoItsTaskAgainWhenTheTaskSaidSo() throws Exception {
        try (Alarm _ = Alarm.start("test", () -> run() < 3 ? Duration.ofMillis(1) : Alarm.NEVER)) {
            assertThat(next()).isEqualTo(1);
            assertThat(next()).isEqualTo(2);
            assertThat(next()).isEqualTo(3);
        }
    }

    @Test
    void shouldDoItsTaskSoonerWhenSomebodySaysSoAndNotForWhatComesLaterThanPlanned() throws Exception {
        try (Alarm alarm = Alarm.start("test", () -> {
            run();
            return Alarm.NEVER;
        })) {
            assertThat(next()).isEqualTo(1);
            alarm.within(Duration.ofDays(1));
            alarm.within(Duration.ofMillis(1));
            alarm.within(Duration.ofDays(2));
            assertThat(next()).isEqualTo(2);
            alarm.within(Duration.ZERO);
            assertThat(next()).isEqualTo(3);
            assertThat(runs).isEmpty();
        }
    }

    /** A call of within() while the task runs must not be lost, as the task may have checked already. */
    @Test
    void shouldDoItsTaskOnceMoreForWhatIsSaidWhileItRuns() throws Exception {
        final BlockingQueue<Alarm> self = new LinkedBlockingQueue<>();
        try (Alarm alarm = Alarm.start("test", () -> {
            try {
                if (run() == 1) {
                    self.take().within(Duration.ZERO);
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            return Alarm.NEVER;
        })) {
            self.add(alarm);
            assertThat(next()).isEqualTo(1);
            assertThat(next()).isEqualTo(2);
        }
    }

    @Test
    void shouldTryAgainAfterATaskThatThrows() throws Exception {
        try (Alarm _ = Alarm.start("test", () -> {
            if (run() == 1) {
                throw new IllegalStateException("on purpose");
            }
            return Alarm.NEVER;
        })) {
            assertThat(next()).isEqualTo(1);
            assertThat(next()).isEqualTo(2);
        }
    }
}
