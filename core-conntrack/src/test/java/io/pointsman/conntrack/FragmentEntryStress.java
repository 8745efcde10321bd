package io.pointsman.conntrack;

import io.pointsman.packet.PacketBuilder;
import io.pointsman.packet.PacketView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** First fragments of two packets are put into one entry of the fragment table; then a later one looks for its flow. */
@JCStressTest
@State
@Outcome(id = "[01]", expect = Expect.ACCEPTABLE, desc = "its own flow, or none: the entry was the other packet's")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "the end of one packet goes to the endpoint of another")
public class FragmentEntryStress {
    private static final FragmentTable FRAGMENTS = new FragmentTable(7);
    private static final FlowCursor FIRST = flow(1);
    private static final FlowCursor SECOND = flow(2);
    private static final PacketView FIRST_PACKET = fragment(1);
    private static final PacketView SECOND_PACKET = sharingItsEntry(FIRST_PACKET);

    private static FlowCursor flow(int client) {
        final FlowKey key = StressFlows.original(StressFlows.nextId(), client);
        StressFlows.insert(key, StressFlows.to(StressFlows.nextId(), client, 1), 1, 0);
        final FlowCursor cursor = new FlowCursor();
        StressFlows.TABLE.find(StressFlows.TABLE.hash(key), key, cursor);
        return cursor;
    }

    private static PacketView fragment(int identification) {
        final byte[] bytes = PacketBuilder.ip("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .payload(new byte[64])
                .identification(identification)
                .fragment(0, true)
                .build();
        final MemorySegment memory = Arena.global().allocate(bytes.length);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        final PacketView view = new PacketView();
        view.wrap(memory.address(), bytes.length);
        return view;
    }

    private static PacketView sharingItsEntry(PacketView other) {
        for (int identification = 2; identification < 0x1_0000; identification++) {
            final PacketView candidate = fragment(identification);
            if (FRAGMENTS.entryOf(candidate) == FRAGMENTS.entryOf(other)) {
                return candidate;
            }
        }
        throw new IllegalStateException("no two packets share an entry");
    }

    @Actor
    public void rememberOne() {
        FRAGMENTS.remember(FIRST_PACKET, FIRST.slot, FIRST.control, 0);
    }

    @Actor
    public void rememberOther() {
        FRAGMENTS.remember(SECOND_PACKET, SECOND.slot, SECOND.control, 0);
    }

    @Arbiter
    public void find(I_Result result) {
        final FlowCursor found = new FlowCursor();
        if (FRAGMENTS.find(FIRST_PACKET, found, 0)) {
            result.r1 = found.slot == FIRST.slot ? 1 : 2;
        }
    }
}
