package io.pointsman.nat;

import io.pointsman.nat.policy.FrontendMap;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A rule is swapped and the map grows, while a packet looks the rule up and then its neighbour. */
@JCStressTest
@State
@Outcome(id = "[12], [12]", expect = Expect.ACCEPTABLE, desc = "each rule as it was before or after its change")
@Outcome(expect = Expect.FORBIDDEN, desc = "a rule that always existed was not found: its packet leaves untranslated")
public class FrontendMapStress {
    private final FrontendMap<Integer> map = new FrontendMap<>();

    public FrontendMapStress() {
        for (int port = 1; port <= 8; port++) { // half full: the next key makes it grow
            map.put(6, true, 0, 10, port, 1);
        }
    }

    @Actor
    public void control() {
        map.put(6, true, 0, 10, 1, 2);
        map.put(6, true, 0, 10, 9, 1);
        map.put(6, true, 0, 10, 2, 2);
    }

    @Actor
    public void packet(II_Result result) {
        final Integer first = map.find(6, true, 0, 10, 1);
        final Integer second = map.find(6, true, 0, 10, 2);
        result.r1 = first == null ? 0 : first;
        result.r2 = second == null ? 0 : second;
    }
}
