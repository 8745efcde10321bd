package io.pointsman.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A slot that is reused between the comparison of its key and the reading of the rest. */
class FlowTableReuseTest {
    @Test
    void shouldNotTakeASuccessorForTheFlowWhoseKeyWasCompared() {
        try (FlowTable table = new FlowTable(1, false, 1, (_, _, _, _) -> {})) {
            final FlowBinder binder = new FlowBinder(table);
            final FlowKey key = StressFlows.original(1, 1);
            final FlowKey to = StressFlows.to(1, 1, 1);
            assertThat(binder.begin(key, table.hash(key), 0)).isEqualTo(FlowBinder.OK);
            assertThat(binder.bindReply(key, to, binder.replyHash(to), 0, 1_000_000_000L, 1, 0))
                    .isEqualTo(FlowBinder.OK);
            final long slot = slotOf(table, StressFlows.reply(to));
            final long tentative = FlowSlot.controlAcquire(slot); // what a reader saw before it compared the key
            assertThat(binder.commit()).isEqualTo(FlowBinder.OK);
            final FlowCursor found = new FlowCursor();
            assertThat(table.isVisible(slot, tentative, found))
                    .as("its own flow")
                    .isTrue();

            assertThat(table.end(slot, FlowSlot.controlAcquire(slot), FlowObserver.End.CLOSED, 0))
                    .isTrue();
            final FlowKey other = sharingTheReplySlot(table, slot);
            final FlowBinder next = new FlowBinder(table);
            assertThat(next.begin(other, table.hash(other), 0)).isEqualTo(FlowBinder.OK);
            assertThat(next.bindReply(other, other, next.replyHash(other), 0, 1_000_000_000L, 2, 0))
                    .isEqualTo(FlowBinder.OK);
            assertThat(next.commit()).isEqualTo(FlowBinder.OK);
            assertThat(Control.isLive(FlowSlot.controlAcquire(slot)))
                    .as("taken again")
                    .isTrue();

            assertThat(table.isVisible(slot, tentative, found))
                    .as("another's flow")
                    .isFalse();
        }
    }

    private static long slotOf(FlowTable table, FlowKey key) {
        for (int number = 0; number < TagIndex.LINE_SLOTS; number++) {
            if (FlowSlot.isFor(table.slot(number), key)) {
                return table.slot(number);
            }
        }
        throw new AssertionError("no slot has the key");
    }

    /** An untranslated tuple whose reply goes to the free slot's group, and whose original does not. */
    private static FlowKey sharingTheReplySlot(FlowTable table, long slot) {
        final int group = table.number(slot) / TagIndex.GROUP_SLOTS;
        for (int id = 2; ; id++) {
            final FlowKey key = StressFlows.original(id, 1);
            if (table.index.home(table.hash(StressFlows.reply(key))) == group
                    && table.index.home(table.hash(key)) != group) {
                return key;
            }
        }
    }
}
