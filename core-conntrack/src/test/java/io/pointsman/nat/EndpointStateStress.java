package io.pointsman.nat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.nat.counters.FlowCounts;
import io.pointsman.nat.policy.EndpointState;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** An endpoint left the plan; its number is freed while a last flow acquires it. */
@JCStressTest
@State
@Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "the flow has it, the number stays")
@Outcome(id = "false, true, 0", expect = Expect.ACCEPTABLE, desc = "the number is gone, the flow looks for another")
@Outcome(
        id = "false, false, 0",
        expect = Expect.ACCEPTABLE,
        desc = "each gave way: the flow looks for another, the number is given up with the next change")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc =
                "the flow holds a number that another endpoint will get: its packets are counted, and reported, for another")
public class EndpointStateStress {
    private final EndpointState endpoint =
            new EndpointState(1, IpAddress.unspecified(IpFamily.IPV4), 80, new FlowCounts(), 0);

    @Actor
    public void packet(ZZI_Result result) {
        result.r1 = endpoint.acquire();
    }

    @Actor
    public void control(ZZI_Result result) {
        result.r2 = endpoint.retire();
    }

    @Arbiter
    public void after(ZZI_Result result) {
        result.r3 = endpoint.flows();
    }
}
