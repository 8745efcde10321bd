package io.pointsman.conntrack;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A reader has compared the key of a reply slot that is still tentative. Before it goes on, the flow is committed and ended, and
 * its slot goes to another. The window is as wide as the whole test, so that this fails at once without the comparison of
 * generations in {@link FlowTable#isVisible}.
 */
@JCStressTest
@State
@Outcome(id = "[01]", expect = Expect.ACCEPTABLE, desc = "the flow whose key was compared, or none any more")
@Outcome(
        id = "2",
        expect = Expect.FORBIDDEN,
        desc = "the slot's next flow: a packet goes to another service's endpoint")
public class ReuseVisibleStress {
    private static final int CAPACITY = 1 << 15;
    private static final long TIMEOUT_NANOS = 1_000_000_000_000L;
    private static final FlowTable TABLE = new FlowTable(CAPACITY, false, 43, (_, _, _, _) -> {});
    private static final int[] FIRST = new int[TABLE.index.groups() + 1]; // of each group's ids
    private static final int[] IDS = idsByGroup(CAPACITY << 6);
    private static final AtomicIntegerArray TURNS = new AtomicIntegerArray(TABLE.index.groups());

    private final int id = StressFlows.nextId();
    private final FlowKey reply = StressFlows.reply(StressFlows.to(id, 1, 1));
    private final FlowBinder binder = new FlowBinder(TABLE);
    private final FlowKey next;
    private final long slot;
    private final long tentative;

    public ReuseVisibleStress() {
        final FlowKey key = StressFlows.original(id, 1);
        binder.begin(key, TABLE.hash(key), 0);
        binder.bindReply(
                key, StressFlows.to(id, 1, 1), binder.replyHash(StressFlows.to(id, 1, 1)), 0, TIMEOUT_NANOS, 1, 0);
        final int group = TABLE.index.home(TABLE.hash(reply));
        slot = slotOf(reply, group);
        tentative = slot == 0 ? 0 : FlowSlot.controlAcquire(slot);
        final int ids = FIRST[group + 1] - FIRST[group];
        next = other(IDS[FIRST[group] + TURNS.getAndIncrement(group) % ids]);
    }

    /** A tuple that is sent on as it is. */
    private static FlowKey other(int id) {
        return StressFlows.original(id, 2);
    }

    private static int[] idsByGroup(int count) {
        for (int id = 0; id < count; id++) {
            FIRST[groupOf(id) + 1]++;
        }
        for (int group = 1; group < FIRST.length; group++) {
            FIRST[group] += FIRST[group - 1];
        }
        final int[] at = FIRST.clone();
        final int[] ids = new int[count];
        for (int id = 0; id < count; id++) {
            ids[at[groupOf(id)]++] = id;
        }
        return ids;
    }

    private static int groupOf(int id) {
        return TABLE.index.home(TABLE.hash(StressFlows.reply(other(id))));
    }

    private static long slotOf(FlowKey key, int group) {
        for (int position = 0; position < TagIndex.GROUP_SLOTS; position++) {
            final long slot = TABLE.slot(group * TagIndex.GROUP_SLOTS + position);
            if (FlowSlot.isFor(slot, key)) {
                return slot;
            }
        }
        return 0; // the group was full: this instance shows nothing
    }

    @Actor
    public void reuse() {
        binder.commit();
        TABLE.end(binder.originalSlot(), binder.originalControl(), FlowObserver.End.CLOSED, 0);
        if (binder.begin(next, TABLE.hash(next), 0) == FlowBinder.OK
                && binder.bindReply(next, next, binder.replyHash(next), 0, TIMEOUT_NANOS, 2, 0) == FlowBinder.OK) {
            binder.commit();
        }
    }

    @Actor
    public void goOn(I_Result result) {
        final FlowCursor found = new FlowCursor();
        if (slot != 0 && TABLE.isVisible(slot, tentative, found)) {
            final boolean isItsOwn = FlowSlot.isFor(slot, reply);
            result.r1 = !isItsOwn && found.isStillValid() ? 2 : 1;
        }
    }

    @Arbiter
    public void after(I_Result result) {
        TABLE.end(binder.originalSlot(), binder.originalControl(), FlowObserver.End.CLOSED, 0);
    }
}
