package io.pointsman.conntrack;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** A flow is inserted by one thread; another receives a retransmission and then the endpoint's reply to it. */
@JCStressTest
@State
@Outcome(id = "0, (true|false)", expect = Expect.ACCEPTABLE, desc = "not there yet, then there or not")
@Outcome(id = "1, true", expect = Expect.ACCEPTABLE, desc = "there, in both directions")
@Outcome(id = "1, false", expect = Expect.FORBIDDEN, desc = "half a flow: the answer reaches the client untranslated")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "seen before it was written: the packet goes to no endpoint, or half to another")
public class InsertLookupStress {
    private final int id = StressFlows.nextId();

    @Actor
    public void insert() {
        StressFlows.insert(StressFlows.original(id, 1), StressFlows.to(id, 1, 1), 1, 0);
    }

    @Actor
    public void lookUp(IZ_Result result) {
        result.r1 = StressFlows.endpointOf(StressFlows.original(id, 1));
        result.r2 = StressFlows.isAnswered(StressFlows.to(id, 1, 1));
    }

    @Arbiter
    public void after(IZ_Result result) {
        StressFlows.end(StressFlows.original(id, 1));
    }
}
