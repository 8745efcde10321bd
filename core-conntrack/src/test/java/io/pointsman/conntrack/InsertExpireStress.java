package io.pointsman.conntrack;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A flow expires; the sweeper removes it while its client begins a new connection from the same port. */
@JCStressTest
@State
@Outcome(id = "0, 2", expect = Expect.ACCEPTABLE, desc = "the old flow is gone, the new one there")
@Outcome(
        id = "0, [013]",
        expect = Expect.FORBIDDEN,
        desc = "the sweeper took the new flow: an established connection breaks")
@Outcome(expect = Expect.FORBIDDEN, desc = "a dead flow kept the tuple: the new connection is dropped")
public class InsertExpireStress {
    private static final long LATER = 1_000_000_000_000L;

    private final int id = StressFlows.nextId();
    private final FlowCursor known = new FlowCursor();

    public InsertExpireStress() {
        final FlowKey key = StressFlows.original(id, 1);
        StressFlows.insert(key, StressFlows.to(id, 1, 1), 1, 0);
        StressFlows.TABLE.find(StressFlows.TABLE.hash(key), key, known);
    }

    @Actor
    public void sweep() {
        StressFlows.TABLE.end(known.slot, known.control, FlowObserver.End.EXPIRED, LATER);
    }

    @Actor
    public void connect(II_Result result) {
        result.r1 = StressFlows.insert(StressFlows.original(id, 1), StressFlows.to(id, 1, 2), 2, LATER);
    }

    @Arbiter
    public void after(II_Result result) {
        result.r2 = StressFlows.endpointOf(StressFlows.original(id, 1));
        StressFlows.end(StressFlows.original(id, 1));
    }
}
