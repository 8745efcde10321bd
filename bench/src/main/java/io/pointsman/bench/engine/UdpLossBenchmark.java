package io.pointsman.bench.engine;

import io.pointsman.model.Protocol;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Time to change a UDP rule that loses an endpoint: the control thread scans a table full of UDP flows, a million, none
 * of which belongs to the rule.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class UdpLossBenchmark {
    private static final int FLOWS = 1_000_000;
    private static final int UNUSED = Packets.SERVICES; // the service after those that have flows
    private static final Rule[] VARIANTS = {
        BenchPlan.rule(Protocol.UDP, UNUSED, 0), BenchPlan.rule(Protocol.UDP, UNUSED, 1)
    };

    private final Map<Frontend, Rule> rules = BenchPlan.rules(Protocol.UDP, Packets.SERVICES + 1);
    private final NatEngine engine = FlowBench.engine(FLOWS, rules);
    private long version = 1;

    @Setup(Level.Trial)
    public void open() {
        final var sender = new FlowBench.Sender(engine, 0);
        sender.useUdp();
        for (int flow = 0; flow < FLOWS; flow++) {
            sender.write(0, flow);
            if (sender.sendOne(0, 1) != Verdict.FORWARD) {
                throw new IllegalStateException("flow " + flow + " was refused");
            }
        }
        sender.close();
    }

    @TearDown(Level.Trial)
    public void close() {
        if (engine.trackedFlows() != FLOWS) {
            throw new IllegalStateException(engine.trackedFlows() + " flows are left of " + FLOWS);
        }
        engine.close();
    }

    /** Replaces one of the four endpoints. */
    @Benchmark
    public void changeUdpRule() {
        final Rule before = VARIANTS[(int) (version & 1) ^ 1];
        final Rule after = VARIANTS[(int) (version & 1)];
        final ForwardingPlan plan = BenchPlan.of(version + 1, rules);
        final var change = new PlanDelta.RuleChange(after.frontend(), before, after);
        engine.apply(plan, new PlanDelta(version, version + 1, List.of(change), List.of(), Set.of()));
        version++;
    }
}
