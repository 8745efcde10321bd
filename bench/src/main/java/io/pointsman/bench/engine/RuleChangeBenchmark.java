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
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
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
 * Changes of one rule of 10,000: the time until it is in force, and the effect of 10,000 such changes a second on
 * packets.
 */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RuleChangeBenchmark {
    private static final int RULES = 10_000;
    private static final int FLOWS = 16_384;
    private static final long CHANGE_EVERY_NANOS = 100_000;

    /** Applies changes, one rule after the other, alternating between two variants. Control thread only. */
    private static final class Changes {
        private final NatEngine engine;
        private final Map<Frontend, Rule> rules = BenchPlan.rules(Protocol.TCP, RULES);
        private long version = 1;

        Changes(NatEngine engine) {
            this.engine = engine;
        }

        void next() {
            final int service = (int) (version % RULES);
            final int variant = (int) (version / RULES % 2);
            final Rule before = BenchPlan.rule(Protocol.TCP, service, variant);
            final Rule after = BenchPlan.rule(Protocol.TCP, service, 1 - variant);
            apply(new PlanDelta.RuleChange(after.frontend(), before, after));
        }

        void apply(PlanDelta.RuleChange change) {
            final ForwardingPlan plan = BenchPlan.of(version + 1, rules);
            engine.apply(plan, new PlanDelta(version, version + 1, List.of(change), List.of(), Set.of()));
            version++;
        }
    }

    /** A rule that alternates between two variants. */
    @State(Scope.Benchmark)
    public static class OneRule {
        private final NatEngine engine = FlowBench.engine(FLOWS, RULES);
        private final Changes changes = new Changes(engine);
        private final Rule[] variants = {BenchPlan.rule(Protocol.TCP, 7, 0), BenchPlan.rule(Protocol.TCP, 7, 1)};
        private int current;

        void change() {
            final Rule before = variants[current];
            current = 1 - current;
            changes.apply(new PlanDelta.RuleChange(before.frontend(), before, variants[current]));
        }

        @TearDown(Level.Trial)
        public void close() {
            engine.close();
        }
    }

    /** Packets of known flows, with or without concurrent changes. */
    @State(Scope.Benchmark)
    public static class Traffic {
        private final NatEngine engine = FlowBench.engine(FLOWS, RULES);
        private final FlowBench.Sender sender = new FlowBench.Sender(engine, Packets.ACK);
        private final FlowOrder order = new FlowOrder(FLOWS, 1);
        private volatile boolean running = true;
        private @Nullable Thread changer;

        @Setup(Level.Trial)
        public void open() {
            sender.open(0, FLOWS, 1);
        }

        void startChanging() {
            if (changer == null) {
                final Changes changes = new Changes(engine);
                changer = Thread.ofPlatform().daemon().start(() -> {
                    long due = System.nanoTime();
                    while (running) {
                        changes.next();
                        due += CHANGE_EVERY_NANOS;
                        LockSupport.parkNanos(due - System.nanoTime());
                    }
                });
            }
        }

        Verdict packet() {
            sender.write(0, order.next());
            return sender.sendOne(0, 2);
        }

        @TearDown(Level.Trial)
        public void close() throws InterruptedException {
            running = false;
            if (changer != null) {
                changer.join();
            }
            sender.close();
            engine.close();
        }
    }

    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    public void changeOneRule(OneRule rule) {
        rule.change();
    }

    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    public Verdict packetInQuiet(Traffic traffic) {
        return traffic.packet();
    }

    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    public Verdict packetDuringChanges(Traffic traffic) {
        traffic.startChanging();
        return traffic.packet();
    }
}
