package io.pointsman.nat;

import io.pointsman.nat.policy.AffinityTable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two clients take places in one full bucket, while a third asks for its binding and for the one who was pushed out. */
@JCStressTest
@State
@Outcome(id = "[07], [09]", expect = Expect.ACCEPTABLE, desc = "each client its own endpoint, or none known any more")
@Outcome(expect = Expect.FORBIDDEN, desc = "a client's connection goes to the endpoint that another client is bound to")
public class AffinityTableStress {
    private static final long SECOND = 1_000_000_000L;

    private final AffinityTable table = new AffinityTable(1);

    public AffinityTableStress() {
        for (int client = 1; client <= 8; client++) {
            table.put(client, client == 7 ? 7 : 100 + client, 0, (client == 7 ? 2 : 100 + client) * SECOND);
        }
    }

    @Actor
    public void newcomers() {
        table.put(9, 9, SECOND, 50 * SECOND);
        table.put(10, 10, SECOND, 500 * SECOND);
    }

    @Actor
    public void packet(II_Result result) {
        result.r1 = table.find(7, SECOND);
        result.r2 = table.find(9, SECOND);
    }
}
