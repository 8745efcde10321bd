package io.pointsman.spi.ipvs.servers;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.spi.ipvs.servers.DrainState.Phase;
import org.junit.jupiter.api.Test;

class DrainStateTest {
    private static final long DEADLINE = 1_000;

    private final DrainState serving = DrainState.wanted(7);
    private final DrainState draining = serving.unwanted(true, DEADLINE);

    @Test
    void shouldTakeNoNewConnectionsWhenItDrains() {
        assertThat(draining).isEqualTo(new DrainState(Phase.DRAINING, 0, DEADLINE));
    }

    @Test
    void shouldGoAtOnceWhenItHasNoConnectionsToDrain() {
        assertThat(serving.unwanted(false, DEADLINE).phase()).isEqualTo(Phase.GONE);
        assertThat(draining.counted(0, 0).phase()).isEqualTo(Phase.GONE);
    }

    @Test
    void shouldStayWhileItHasConnectionsAndTime() {
        assertThat(draining.counted(1, DEADLINE - 1)).isEqualTo(draining);
    }

    @Test
    void shouldGoWhenTheDeadlinePasses() {
        assertThat(draining.counted(5, DEADLINE).phase()).isEqualTo(Phase.GONE);
    }

    @Test
    void shouldGoWhenTheDeadlinePassesAndTheClockWrapsAround() {
        final DrainState late = serving.unwanted(true, Long.MIN_VALUE + 10);

        assertThat(late.counted(5, Long.MAX_VALUE)).isEqualTo(late);
        assertThat(late.counted(5, Long.MIN_VALUE + 10).phase()).isEqualTo(Phase.GONE);
    }

    @Test
    void shouldKeepItsDeadlineWhenItIsUnwantedAgain() {
        assertThat(draining.unwanted(true, DEADLINE + 500)).isEqualTo(draining);
    }

    @Test
    void shouldServeWithItsNewWeightWhenItComesBack() {
        assertThat(DrainState.wanted(3)).isEqualTo(new DrainState(Phase.SERVING, 3, 0));
    }

    @Test
    void shouldNotMindConnectionsWhenItServes() {
        assertThat(serving.counted(0, Long.MAX_VALUE)).isEqualTo(serving);
    }
}
