package io.pointsman.bench.engine;

import io.pointsman.nat.NatEngine;
import io.pointsman.nat.Verdict;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.maps.NonBlockingHashMap;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Time for the first packets of new flows, from an empty table to one with {@code flows} flows. The engine's method does
 * the whole work: parse, miss, find the rule, the origin and an endpoint, insert both directions, rewrite. The baselines
 * put a ready-made key and an entry for each direction. One invocation opens {@code flows} flows: divide its time by
 * that.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class NewFlowBenchmark {
    private static final int BATCH = FlowBench.BATCH;
    private static final long DAYS = TimeUnit.DAYS.toNanos(30);

    @Param("1000000")
    int flows;

    @Param("1")
    int threads;

    @Param("IPV4")
    Traffic traffic = Traffic.IPV4;

    private final AtomicInteger nextThread = new AtomicInteger();

    /** The engine, empty before each invocation. */
    @State(Scope.Benchmark)
    public static class EngineTable {
        @Nullable
        NatEngine engine;

        long now = 1;

        @Setup(Level.Trial)
        public void open(NewFlowBenchmark benchmark) {
            engine = FlowBench.engine(benchmark.flows, benchmark.traffic);
        }

        @Setup(Level.Invocation)
        public void empty() {
            if (engine != null) {
                now += DAYS; // every flow has long expired, so one sweep removes all
                engine.sweep(Integer.MAX_VALUE, now);
                if (engine.trackedFlows() != 0) {
                    throw new IllegalStateException(engine.trackedFlows() + " flows are left");
                }
            }
        }

        @TearDown(Level.Trial)
        public void close() {
            if (engine != null) {
                engine.close();
            }
        }
    }

    /** Share of one thread in the flows, and its packets. */
    @State(Scope.Thread)
    public static class EngineThread {
        int from;
        int to;
        FlowBench.@Nullable Sender sender;

        @Setup(Level.Trial)
        public void open(NewFlowBenchmark benchmark, EngineTable table) {
            final int thread = benchmark.nextThread.getAndIncrement() % benchmark.threads;
            from = benchmark.share(thread);
            to = benchmark.share(thread + 1);
            if (table.engine != null) {
                sender = new FlowBench.Sender(table.engine, Packets.SYN, benchmark.traffic);
            }
        }
    }

    /** Share of one thread in the flows. */
    @State(Scope.Thread)
    public static class Share {
        int from;
        int to;

        @Setup(Level.Trial)
        public void open(NewFlowBenchmark benchmark) {
            final int thread = benchmark.nextThread.getAndIncrement() % benchmark.threads;
            from = benchmark.share(thread);
            to = benchmark.share(thread + 1);
        }
    }

    /** The baselines, empty before each invocation. */
    @State(Scope.Benchmark)
    public static class Maps {
        ConcurrentHashMap<BaselineKey, BaselineEntry> jdk = new ConcurrentHashMap<>();
        NonBlockingHashMap<BaselineKey, BaselineEntry> lockFree = new NonBlockingHashMap<>();
        StripedMap locked = new StripedMap(1);

        @Setup(Level.Invocation)
        public void empty(NewFlowBenchmark benchmark) {
            jdk = new ConcurrentHashMap<>(2 * benchmark.flows);
            lockFree = new NonBlockingHashMap<>(2 * benchmark.flows);
            locked = new StripedMap(2 * benchmark.flows);
        }
    }

    /** Returns the first flow of a thread, a multiple of the batch. */
    int share(int thread) {
        return (int) ((long) flows / BATCH * thread / threads) * BATCH;
    }

    @Benchmark
    public Verdict engineBatch(EngineThread thread, EngineTable table) {
        final FlowBench.Sender sender = thread.sender;
        if (sender == null) {
            throw new IllegalStateException("not set up");
        }
        for (int flow = thread.from; flow < thread.to; flow += BATCH) {
            sender.advance();
            for (int i = 0; i < BATCH; i++) {
                sender.write(i, flow + i);
            }
            sender.sendBatch(table.now);
            if (sender.verdict(BATCH - 1) != Verdict.FORWARD) {
                throw new IllegalStateException("flow " + flow + " met " + sender.verdict(BATCH - 1));
            }
        }
        return sender.verdict(0);
    }

    @Benchmark
    public int baselineConcurrentHashMap(Share share, Maps maps) {
        for (int flow = share.from; flow < share.to; flow++) {
            final BaselineKey key = BaselineKey.of(flow);
            maps.jdk.put(key, new BaselineEntry(flow, 8080));
            maps.jdk.put(key.reply(flow), new BaselineEntry(flow, 80));
        }
        return maps.jdk.size();
    }

    @Benchmark
    public int baselineNonBlockingHashMap(Share share, Maps maps) {
        for (int flow = share.from; flow < share.to; flow++) {
            final BaselineKey key = BaselineKey.of(flow);
            maps.lockFree.put(key, new BaselineEntry(flow, 8080));
            maps.lockFree.put(key.reply(flow), new BaselineEntry(flow, 80));
        }
        return maps.lockFree.size();
    }

    @Benchmark
    public StripedMap baselineStripedLocks(Share share, Maps maps) {
        for (int flow = share.from; flow < share.to; flow++) {
            final BaselineKey key = BaselineKey.of(flow);
            maps.locked.put(key, new BaselineEntry(flow, 8080));
            maps.locked.put(key.reply(flow), new BaselineEntry(flow, 80));
        }
        return maps.locked;
    }
}
