package io.pointsman.bench.engine;

import io.pointsman.conntrack.NativeMemory;
import io.pointsman.packet.RawMemory;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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
 * Parts of the engine's work on IPv4 packets without any decision and without prefetching: a read from memory that overlaps
 * with no other, and the insertion of a flow.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PacketLimitBenchmark {
    private static final int BATCH = FlowBench.BATCH;
    private static final int LINE = 64;
    private static final int INDEX_SLOTS = 7;

    // Of a slot
    private static final int STATE = 0;
    private static final int PORTS = 8;
    private static final int ADDRESSES = 16;
    private static final int NEW_ADDRESSES = 24;
    private static final int NEW_PORTS = 32;
    private static final int DELTAS = 36;

    @Param({"16384", "1000000"})
    int flows;

    private FlowOrder order = new FlowOrder(1, 0);
    private @Nullable NativeMemory memory;
    private long slots;
    private long index;
    private long endpoint; // a counter
    private long place; // of the chain

    /** Fills two slots for each flow, each first slot with the number of the next one in a random circle through all. */
    @Setup(Level.Trial)
    public void open() {
        final long bytes = 2L * flows * LINE;
        final long words = 2L * flows / INDEX_SLOTS + 1;
        memory = new NativeMemory(bytes + words * Long.BYTES + Long.BYTES);
        slots = memory.address();
        index = slots + bytes;
        endpoint = index + words * Long.BYTES;
        order = new FlowOrder(flows, 0);
        final var random = new SplittableRandom(1);
        final int[] circle = new int[flows];
        for (int i = 1; i < flows; i++) { // Sattolo's algorithm: one circle
            final int other = random.nextInt(i);
            circle[i] = circle[other];
            circle[other] = i;
        }
        for (int flow = 0; flow < flows; flow++) {
            fill(slot(flow), flow);
            RawMemory.setLong(slot(flow) + STATE, circle[flow]);
        }
    }

    @TearDown(Level.Trial)
    public void close() {
        if (memory != null) {
            memory.close();
        }
    }

    private long slot(int flow) {
        return slots + (long) flow * 2 * LINE;
    }

    private static void fill(long slot, int flow) {
        final long source = Integer.reverseBytes(Packets.source(flow)) & 0xFFFF_FFFFL;
        final long addresses = source | (long) Integer.reverseBytes(Packets.destination(flow)) << 32;
        final int ports = Integer.reverseBytes(Packets.ports(flow));
        RawMemory.setInt(slot + PORTS, ports);
        RawMemory.setLong(slot + ADDRESSES, addresses);
        RawMemory.setLong(slot + NEW_ADDRESSES, addresses ^ 1L << 40);
        RawMemory.setInt(slot + NEW_PORTS, ports ^ 1 << 24);
        RawMemory.setInt(slot + DELTAS, 0x1234_5678);
    }

    /** Reads lines one after the other, each named by the one before: what a packet waits for that overlaps with no other. */
    @Benchmark
    public long readAlone() {
        place = RawMemory.getLong(RawMemory.linePointer(slots + place * 2 * LINE));
        return place;
    }

    /**
     * Adds a flow's two slots: claims a place in the index for each, writes both, publishes both and counts the flow at its
     * endpoint. Five locked instructions, as the engine has.
     */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long insertPair() {
        for (int i = 0; i < BATCH; i++) {
            final int flow = order.next();
            final long slot = slot(flow);
            claim(flow);
            claim(flow + flows);
            fill(slot, flow);
            fill(slot + LINE, flow);
            publish(slot + LINE);
            publish(slot);
            increment(endpoint);
        }
        return endpoint;
    }

    private void claim(int number) {
        increment(index + (long) (number / INDEX_SLOTS) * Long.BYTES);
    }

    private static void publish(long slot) {
        increment(slot + STATE);
    }

    private static void increment(long address) {
        final long at = RawMemory.pointer(address);
        long value = RawMemory.getLongVolatile(at);
        while (!RawMemory.compareAndSetLong(at, value, value + 1)) {
            value = RawMemory.getLongVolatile(at);
        }
    }
}
