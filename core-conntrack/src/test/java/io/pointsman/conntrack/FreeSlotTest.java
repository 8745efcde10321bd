package io.pointsman.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The slot that is prefetched for a new flow is the one that the flow takes. */
class FreeSlotTest {
    private static final int FLOWS = 20_000;

    private static FlowKey original(int id, boolean isIpv6) {
        final FlowKey key = StressFlows.original(id, 1);
        key.isIpv6 = isIpv6;
        key.sourceLow = id;
        return key;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNameTheSlotThatIsTakenWhenTheHomeGroupIsFull(boolean isIpv6) {
        try (FlowTable table = new FlowTable(FLOWS, isIpv6, 1, (_, _, _, _) -> {})) {
            final FlowBinder binder = new FlowBinder(table);
            int elsewhere = 0;
            for (int id = 1; id <= FLOWS; id++) {
                final FlowKey key = original(id, isIpv6);
                final long hash = table.hash(key);
                final long home = table.home(hash);
                final long named = table.freeSlot(home);
                assertThat(binder.begin(key, hash, 0)).isEqualTo(FlowBinder.OK);
                assertThat(binder.bindReply(key, key, binder.replyHash(key), 0, 1, 1, 0))
                        .isEqualTo(FlowBinder.OK);
                assertThat(binder.commit()).isEqualTo(FlowBinder.OK);
                final boolean isLineFull = named == home;
                assertThat(isLineFull || binder.originalSlot() == named).isTrue();
                final boolean isElsewhere = table.number(named) / TagIndex.GROUP_SLOTS != table.index.home(hash);
                elsewhere += isElsewhere && !isLineFull ? 1 : 0;
            }
            assertThat(elsewhere).as("flows whose home group was full").isGreaterThan(FLOWS / 100);
        }
    }
}
