package io.pointsman.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FlowTableSweepTest {
    private static final long HOUR_NANOS = 3_600_000_000_000L;

    @Test
    void shouldEndEveryExpiredFlowWhenTheBudgetHasNoLimit() {
        try (FlowTable table = new FlowTable(1_000, false, 1, (_, _, _, _) -> {})) {
            for (int id = 1; id <= 1_000; id++) {
                final FlowKey key = StressFlows.original(id, 1);
                final FlowBinder binder = new FlowBinder(table);
                assertThat(binder.begin(key, table.hash(key), 0)).isEqualTo(FlowBinder.OK);
                assertThat(binder.bindReply(
                                key, StressFlows.to(id, 1, 1), binder.replyHash(StressFlows.to(id, 1, 1)), 0, 1, 1, 0))
                        .isEqualTo(FlowBinder.OK);
                assertThat(binder.commit()).isEqualTo(FlowBinder.OK);
            }

            assertThat(table.sweep(Integer.MAX_VALUE, HOUR_NANOS)).isEqualTo(1_000);
            assertThat(table.size()).isZero();
        }
    }
}
