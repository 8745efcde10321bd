package io.pointsman.conntrack;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/** Two clients with the same source port are masqueraded to one address towards one endpoint; only one can keep the port. */
@JCStressTest
@State
@Outcome(id = "1, 2, true", expect = Expect.ACCEPTABLE, desc = "the first keeps its port, the second gets another")
@Outcome(id = "2, 1, true", expect = Expect.ACCEPTABLE, desc = "the second keeps its port, the first gets another")
@Outcome(id = "2, 3, true", expect = Expect.ACCEPTABLE, desc = "each made way for the other; nobody keeps it")
@Outcome(id = "3, 2, true", expect = Expect.ACCEPTABLE, desc = "each made way for the other; nobody keeps it")
@Outcome(
        id = {"1, 1, .*", "2, 2, .*", "3, 3, .*"},
        expect = Expect.FORBIDDEN,
        desc = "one port for both: a client gets the other's answers")
@Outcome(expect = Expect.FORBIDDEN, desc = "a flow without its reply: the answer reaches the node and is refused")
public class SourcePortStress {
    private static final int TRIES = 64;

    private final int id = StressFlows.nextId();

    @Actor
    public void first(IIZ_Result result) {
        result.r1 = connect(1);
    }

    @Actor
    public void second(IIZ_Result result) {
        result.r2 = connect(2);
    }

    @Arbiter
    public void after(IIZ_Result result) {
        result.r3 = StressFlows.isAnswered(StressFlows.masqueraded(id, result.r1))
                && StressFlows.isAnswered(StressFlows.masqueraded(id, result.r2));
        StressFlows.end(StressFlows.original(id, 1));
        StressFlows.end(StressFlows.original(id, 2));
    }

    /** The source port it got, tried from 1 up as often as ports may be refused for an attempt that is later given up. */
    private int connect(int client) {
        for (int attempt = 0; attempt < TRIES; attempt++) {
            for (int port = 1; port <= 3; port++) {
                final int outcome = StressFlows.insert(
                        StressFlows.original(id, client), StressFlows.masqueraded(id, port), client, 0);
                if (outcome == FlowBinder.OK) {
                    return port;
                }
                if (outcome != FlowBinder.TAKEN) {
                    break;
                }
            }
        }
        return 0;
    }
}
