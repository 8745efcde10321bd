package io.pointsman.conntrack;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two threads each receive a first packet of one connection, and choose different endpoints. */
@JCStressTest
@State
@Outcome(id = "0, [12], 1", expect = Expect.ACCEPTABLE, desc = "the first won, the second searches again")
@Outcome(id = "[12], 0, 2", expect = Expect.ACCEPTABLE, desc = "the second won, the first searches again")
@Outcome(id = "[12], [12], 0", expect = Expect.ACCEPTABLE, desc = "each stepped back for the other; both try again")
@Outcome(id = "0, 0, .*", expect = Expect.FORBIDDEN, desc = "two flows of one tuple: its packets go to two endpoints")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "who was told it won is not who is in the table: the packets change endpoints")
public class InsertInsertStress {
    private final int id = StressFlows.nextId();

    @Actor
    public void first(III_Result result) {
        result.r1 = StressFlows.insert(StressFlows.original(id, 1), StressFlows.to(id, 1, 1), 1, 0);
    }

    @Actor
    public void second(III_Result result) {
        result.r2 = StressFlows.insert(StressFlows.original(id, 1), StressFlows.to(id, 1, 2), 2, 0);
    }

    @Arbiter
    public void after(III_Result result) {
        result.r3 = StressFlows.endpointOf(StressFlows.original(id, 1));
        StressFlows.end(StressFlows.original(id, 1));
    }
}
