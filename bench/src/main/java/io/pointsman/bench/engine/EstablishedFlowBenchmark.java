package io.pointsman.bench.engine;

import io.pointsman.conntrack.NativeMemory;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.Verdict;
import io.pointsman.packet.RawMemory;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.maps.NonBlockingHashMap;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Throughput of packets of known flows. The engine's methods do the whole work: write the header (a network card does
 * that without cost to the processor), parse it, find the flow, track its state, count, rewrite addresses, port and
 * checksums. The baselines only look up a ready-made key and count. The limit is a read and a write of a random cache
 * line, and for IPv6 a read of the next line; there are as many lines as flows, in as much memory as the engine's slots.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class EstablishedFlowBenchmark {
    private static final int BATCH = FlowBench.BATCH;
    private static final int ANNOUNCED = 4;
    private static final int LINE = 64;
    private static final int SLOTS_PER_16_FLOWS = 39; // two slots for each flow, in a table that is 82 % full
    private static final int SPREAD = 0x9E37_79B1;

    /** Number of flows. With 16,384, the table fits in the L2 and L3 caches; with a million, it spills to memory. */
    @Param({"16384", "1000000"})
    int flows;

    @Param("IPV4")
    Traffic traffic = Traffic.IPV4;

    /** Packets that are processed as one batch; a divisor of {@value FlowBench#BATCH}. */
    @Param("64")
    int batch;

    private final AtomicInteger threads = new AtomicInteger();

    /** The engine, with open flows that have been answered. */
    @State(Scope.Benchmark)
    public static class EngineTable {
        @Nullable
        NatEngine engine;

        @Setup(Level.Trial)
        public void open(EstablishedFlowBenchmark benchmark) {
            final NatEngine opened = FlowBench.engine(benchmark.flows, benchmark.traffic);
            final FlowBench.Sender sender = new FlowBench.Sender(opened, Packets.SYN, benchmark.traffic);
            sender.open(0, benchmark.flows, System.nanoTime());
            sender.close();
            engine = opened;
        }

        @TearDown(Level.Trial)
        public void close() {
            if (engine != null) {
                engine.close();
            }
        }
    }

    /** Packets of one thread. */
    @State(Scope.Thread)
    public static class EngineThread {
        FlowOrder order = new FlowOrder(1, 0);
        FlowBench.@Nullable Sender sender;

        @Setup(Level.Trial)
        public void open(EstablishedFlowBenchmark benchmark, EngineTable table) {
            order = benchmark.order();
            if (table.engine != null) {
                sender = new FlowBench.Sender(table.engine, Packets.ACK, benchmark.traffic);
            }
        }

        FlowBench.Sender sender() {
            if (sender == null) {
                throw new IllegalStateException("not set up");
            }
            return sender;
        }
    }

    /** Order of flows in one thread, for a baseline. */
    @State(Scope.Thread)
    public static class Walk {
        final int[] flows = new int[BATCH];
        final long[] found = new long[BATCH];
        FlowOrder order = new FlowOrder(1, 0);

        @Setup(Level.Trial)
        public void open(EstablishedFlowBenchmark benchmark) {
            order = benchmark.order();
        }
    }

    /** Memory for the limit, with an area for each family. */
    @State(Scope.Benchmark)
    public static class Lines {
        private boolean isMixed;
        private boolean isWide; // all flows are IPv6
        private long ipv4;
        private long ipv6;
        private long first; // area of the only family
        private int stride;
        long index;
        int words;

        private @Nullable NativeMemory memory;

        @Setup(Level.Trial)
        public void open(EstablishedFlowBenchmark benchmark) {
            words = benchmark.flows * 35 / 100; // one word for 7 slots; a flow has two, the table 1.2 for each
            final long slots = (long) benchmark.flows * SLOTS_PER_16_FLOWS / 16;
            memory = new NativeMemory(slots * 3 * LINE + (long) words * Long.BYTES);
            ipv6 = memory.address();
            ipv4 = ipv6 + slots * 2 * LINE;
            index = ipv4 + slots * LINE;
            isMixed = benchmark.traffic == Traffic.ZIPF_MIXED;
            isWide = benchmark.traffic.isIpv6 && !isMixed;
            first = isWide ? ipv6 : ipv4;
            stride = isWide ? 2 * LINE : LINE;
        }

        /** Returns the address of the flow's line; without mixed families, by no more computation than that needs. */
        long line(int flow) {
            final long slot = ((long) flow * SLOTS_PER_16_FLOWS) >>> 4;
            if (isMixed) {
                final int wide = Traffic.ZIPF_MIXED.wide(flow);
                return ipv4 + (ipv6 - ipv4) * wide + (slot << wide) * LINE;
            }
            return first + slot * stride;
        }

        /** Reads and writes the line of a flow; for IPv6, reads the next line, too. */
        long touch(int flow, long address) {
            final long line = RawMemory.pointer(address);
            final long value = RawMemory.getLong(line) + 1;
            RawMemory.setLong(line, value);
            if (isMixed) {
                return value ^ RawMemory.getLong(line + (long) LINE * Traffic.ZIPF_MIXED.wide(flow));
            }
            return isWide ? value ^ RawMemory.getLong(line + LINE) : value;
        }

        @TearDown(Level.Trial)
        public void close() {
            if (memory != null) {
                memory.close();
            }
        }
    }

    /** Baseline: the JDK's concurrent map. */
    @State(Scope.Benchmark)
    public static class JdkMap {
        final ConcurrentHashMap<BaselineKey, BaselineEntry> map = new ConcurrentHashMap<>();

        @Setup(Level.Trial)
        public void open(EstablishedFlowBenchmark benchmark) {
            for (int flow = 0; flow < benchmark.flows; flow++) {
                map.put(BaselineKey.of(flow), new BaselineEntry(flow, 8080));
            }
        }
    }

    /** Baseline: JCTools' non-blocking map. */
    @State(Scope.Benchmark)
    public static class LockFreeMap {
        final NonBlockingHashMap<BaselineKey, BaselineEntry> map = new NonBlockingHashMap<>();

        @Setup(Level.Trial)
        public void open(EstablishedFlowBenchmark benchmark) {
            for (int flow = 0; flow < benchmark.flows; flow++) {
                map.put(BaselineKey.of(flow), new BaselineEntry(flow, 8080));
            }
        }
    }

    /** Baseline: Agrona's map with striped locks. */
    @State(Scope.Benchmark)
    public static class LockedMap {
        StripedMap map = new StripedMap(1);

        @Setup(Level.Trial)
        public void open(EstablishedFlowBenchmark benchmark) {
            map = new StripedMap(benchmark.flows);
            for (int flow = 0; flow < benchmark.flows; flow++) {
                map.put(BaselineKey.of(flow), new BaselineEntry(flow, 8080));
            }
        }
    }

    /** Returns an order of flows that starts far from those of other threads. */
    FlowOrder order() {
        final int start = threads.getAndIncrement() * 0x2545_F491;
        return traffic.isZipf ? new ZipfOrder(flows, start) : new FlowOrder(flows, start);
    }

    /** Reads the clock once for each batch, as a driver would, so that deadlines are set as seldom as in use. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public Verdict engineBatch(EngineThread thread) {
        final FlowBench.Sender sender = thread.sender();
        sender.advance();
        for (int i = 0; i < BATCH; i++) {
            sender.write(i, thread.order.next());
        }
        for (int from = 0; from < BATCH; from += batch) {
            sender.sendBatch(from, batch, System.nanoTime());
        }
        return sender.verdict(batch - 1);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int engineOneByOne(EngineThread thread) {
        final FlowBench.Sender sender = thread.sender();
        final long now = System.nanoTime();
        int forwarded = 0;
        sender.advance();
        for (int i = 0; i < BATCH; i++) {
            sender.write(i, thread.order.next());
            forwarded += sender.sendOne(i, now) == Verdict.FORWARD ? 1 : 0;
        }
        return forwarded;
    }

    /**
     * Processes packets one by one, each announced four packets ahead: for a driver that sees its queue but needs each
     * verdict at once.
     */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int engineOneByOneAnnounced(EngineThread thread) {
        final FlowBench.Sender sender = thread.sender();
        final long now = System.nanoTime();
        int forwarded = 0;
        sender.advance();
        for (int i = 0; i < BATCH + ANNOUNCED; i++) {
            if (i < BATCH) {
                sender.write(i, thread.order.next());
                sender.announce(i);
            }
            if (i >= ANNOUNCED) {
                forwarded += sender.sendOne(i - ANNOUNCED, now) == Verdict.FORWARD ? 1 : 0;
            }
        }
        return forwarded;
    }

    /** Writes the packets and does no more: a cost that the engine's figures include. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void packetsOnly(EngineThread thread) {
        final FlowBench.Sender sender = thread.sender();
        sender.advance();
        for (int i = 0; i < BATCH; i++) {
            sender.write(i, thread.order.next());
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long limitMemory(Walk walk, Lines lines) {
        long last = 0;
        for (int i = 0; i < BATCH; i++) {
            final int flow = walk.order.next();
            last = lines.touch(flow, lines.line(flow));
        }
        return last;
    }

    /** Touches as many lines as a decision needs: a word of an index as small as the engine's, then the flow's own line. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long limitMemoryWithIndex(Walk walk, Lines lines) {
        final long[] found = walk.found;
        final int[] flows = walk.flows;
        long seen = 0;
        for (int i = 0; i < BATCH; i++) {
            final int flow = walk.order.next();
            final int word = ((flow * SPREAD) >>> 1) % lines.words;
            seen ^= RawMemory.getLong(RawMemory.pointer(lines.index + (long) word * Long.BYTES));
            flows[i] = flow;
            found[i] = lines.line(flow);
        }
        for (int i = 0; i < BATCH; i++) {
            seen ^= lines.touch(flows[i], found[i]);
        }
        return seen;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int baselineConcurrentHashMap(Walk walk, JdkMap table) {
        int sum = 0;
        for (int i = 0; i < BATCH; i++) {
            final BaselineEntry entry = table.map.get(BaselineKey.of(walk.order.next()));
            sum += entry == null ? 0 : entry.hit(Packets.LENGTH);
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int baselineNonBlockingHashMap(Walk walk, LockFreeMap table) {
        int sum = 0;
        for (int i = 0; i < BATCH; i++) {
            final BaselineEntry entry = table.map.get(BaselineKey.of(walk.order.next()));
            sum += entry == null ? 0 : entry.hit(Packets.LENGTH);
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int baselineStripedLocks(Walk walk, LockedMap table) {
        int sum = 0;
        for (int i = 0; i < BATCH; i++) {
            sum += table.map.hit(BaselineKey.of(walk.order.next()), Packets.LENGTH);
        }
        return sum;
    }
}
