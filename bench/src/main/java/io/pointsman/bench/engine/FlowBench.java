package io.pointsman.bench.engine;

import io.pointsman.conntrack.NativeMemory;
import io.pointsman.model.Protocol;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.InputInterface;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.NatWorker;
import io.pointsman.nat.PacketBatch;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import java.util.Map;

/** An engine with a plan, and one thread's means of sending packets of the benchmark's flows through it. */
final class FlowBench {
    /** Packets handed over at once, as a receive queue would. */
    static final int BATCH = 64;

    private FlowBench() {}

    static NatEngine engine(int flows, int services) {
        return engine(flows, BenchPlan.rules(Protocol.TCP, services));
    }

    /** With a plan of version 1. */
    static NatEngine engine(int flows, Map<Frontend, Rule> rules) {
        final NatEngine engine =
                NatEngine.create(EngineConfig.builder().capacity(flows).build());
        final ForwardingPlan plan = BenchPlan.of(1, rules);
        engine.apply(plan, BenchPlan.wholeOf(plan));
        return engine;
    }

    /**
     * One thread's worker and packet buffers, as a driver presents them: a ring of as many frames as a receive queue has,
     * used in turn. Each is as far from the next as DPDK's default buffers are, and the IP header begins behind 128 bytes of
     * headroom and an Ethernet header, so the headers lie in the second cache, one line each. The flows' own packets are
     * written into them as they come up; a million packets written beforehand would be a working set that no driver has.
     */
    static final class Sender {
        private static final int FRAMES = 1024;
        private static final int FRAME = 2368;
        private static final int HEADER = 128 + 14;

        private final NatWorker worker;
        private final NativeMemory memory = new NativeMemory((long) FRAMES * FRAME);
        private final long[] headers = new long[FRAMES];
        private final int[] lengths = new int[FRAMES];
        private final PacketBatch batch = new PacketBatch(BATCH);
        private int first; // frame of the batch

        Sender(NatEngine engine, int tcpFlags) {
            worker = engine.newWorker();
            for (int frame = 0; frame < FRAMES; frame++) {
                headers[frame] = memory.address() + (long) frame * FRAME + HEADER;
                Packets.writeTemplate(headers[frame], tcpFlags);
            }
        }

        /** Sends datagrams from now on. */
        void useUdp() {
            for (long header : headers) {
                Packets.makeUdp(header);
            }
        }

        private long packet(int index) {
            return headers[first + index];
        }

        /** Goes on to the next frames of the ring. */
        void advance() {
            first = (first + BATCH) % FRAMES;
        }

        /** Writes the packet of a flow into a frame. */
        void write(int index, int flow) {
            Packets.write(packet(index), flow);
            lengths[first + index] = Packets.LENGTH;
        }

        /** Processes the frames' packets as one batch. */
        void sendBatch(long nowNanos) {
            final PacketBatch packets = batch;
            packets.clear();
            packets.addAll(headers, lengths, first, BATCH);
            worker.process(packets, InputInterface.NONE, nowNanos);
        }

        Verdict verdict(int index) {
            return batch.verdict(index);
        }

        /** Processes one packet of the ring. */
        Verdict sendOne(int index, long nowNanos) {
            return worker.process(packet(index), Packets.LENGTH, InputInterface.NONE, nowNanos);
        }

        /** Opens flows {@code from} to {@code to} with their handshake; each packet must be forwarded. */
        void open(int from, int to, long nowNanos) {
            for (int flow = from; flow < to; flow++) {
                write(0, flow);
                send(Packets.SYN, nowNanos);
                Packets.turn(packet(0));
                send(Packets.SYN | Packets.ACK, nowNanos);
                write(0, flow);
                send(Packets.ACK, nowNanos);
            }
        }

        private void send(int tcpFlags, long nowNanos) {
            Packets.setFlags(packet(0), tcpFlags);
            final Verdict verdict = sendOne(0, nowNanos);
            if (verdict != Verdict.FORWARD) {
                throw new IllegalStateException(verdict + ": " + worker.reason());
            }
        }

        void close() {
            memory.close();
        }
    }
}
