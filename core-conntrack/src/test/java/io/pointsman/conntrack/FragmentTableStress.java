package io.pointsman.conntrack;

import io.pointsman.packet.PacketBuilder;
import io.pointsman.packet.PacketView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** First fragments of two packets, whose entries collide, come at one time; then a later fragment of each. */
@JCStressTest
@State
@Outcome(id = "[01], [02]", expect = Expect.ACCEPTABLE, desc = "each with its own flow, or forgotten for the other")
@Outcome(expect = Expect.FORBIDDEN, desc = "the rest of a packet goes to the endpoint of another client's flow")
public class FragmentTableStress {
    // Shared by all instances: what must hold, holds whoever else is at the entry.
    private static final FragmentTable FRAGMENTS = new FragmentTable(7);
    private static final FlowCursor FIRST_FLOW = flow(1);
    private static final FlowCursor SECOND_FLOW = flow(2);
    private static final PacketView FIRST = fragment(1);
    private static final PacketView SECOND = collidingWithFirst();

    private static FlowCursor flow(int endpoint) {
        final int id = StressFlows.nextId();
        final FlowKey key = StressFlows.original(id, 1);
        StressFlows.insert(key, StressFlows.to(id, 1, endpoint), endpoint, 0);
        final FlowCursor cursor = new FlowCursor();
        StressFlows.TABLE.find(StressFlows.TABLE.hash(key), key, cursor);
        return cursor;
    }

    private static PacketView fragment(int identification) {
        final byte[] bytes = PacketBuilder.ip("198.51.100.79", "10.0.0.1")
                .udp(40_000, 53)
                .identification(identification)
                .payload(new byte[64])
                .fragment(0, true)
                .build();
        final MemorySegment memory = Arena.global().allocate(bytes.length, 8);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        final PacketView view = new PacketView();
        view.wrap(memory.address(), bytes.length);
        return view;
    }

    private static PacketView collidingWithFirst() {
        for (int identification = 2; ; identification++) { // some 4,096 of 65,535
            final PacketView candidate = fragment(identification);
            FRAGMENTS.remember(FIRST, FIRST_FLOW.slot, FIRST_FLOW.control, 0);
            FRAGMENTS.remember(candidate, SECOND_FLOW.slot, SECOND_FLOW.control, 0);
            if (!FRAGMENTS.find(FIRST, new FlowCursor(), 1)) {
                return candidate;
            }
        }
    }

    private static int endpoint(PacketView later) {
        final FlowCursor found = new FlowCursor();
        return FRAGMENTS.find(later, found, 1) ? FlowSlot.tag(found.slot) : 0;
    }

    @Actor
    public void first(II_Result result) {
        FRAGMENTS.remember(FIRST, FIRST_FLOW.slot, FIRST_FLOW.control, 0);
        result.r1 = endpoint(FIRST);
    }

    @Actor
    public void second(II_Result result) {
        FRAGMENTS.remember(SECOND, SECOND_FLOW.slot, SECOND_FLOW.control, 0);
        result.r2 = endpoint(SECOND);
    }
}
