package io.pointsman.conntrack;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A flow ends and its tuple, and so most likely its slot, goes to a new flow to another endpoint, while a packet is looked up. */
@JCStressTest
@State
@Outcome(id = "[012], 0", expect = Expect.ACCEPTABLE, desc = "the old flow, the new one or none")
@Outcome(id = "3, .*", expect = Expect.FORBIDDEN, desc = "a packet with one flow's address and the other's port")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "nobody else used the tuple, yet it could not be inserted: the packet is dropped")
public class ReuseLookupStress {
    private final int id = StressFlows.nextId();

    public ReuseLookupStress() {
        StressFlows.insert(StressFlows.original(id, 1), StressFlows.to(id, 1, 1), 1, 0);
    }

    @Actor
    public void reuse(II_Result result) {
        StressFlows.end(StressFlows.original(id, 1));
        result.r2 = StressFlows.insert(StressFlows.original(id, 1), StressFlows.to(id, 1, 2), 2, 0);
    }

    @Actor
    public void lookUp(II_Result result) {
        result.r1 = StressFlows.endpointOf(StressFlows.original(id, 1));
    }

    @Arbiter
    public void after(II_Result result) {
        StressFlows.end(StressFlows.original(id, 1));
    }
}
