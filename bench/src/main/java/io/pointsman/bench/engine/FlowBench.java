package io.pointsman.bench.engine;

import io.pointsman.conntrack.NativeMemory;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.Ingress;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.NatWorker;
import io.pointsman.nat.PacketBatch;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.ForwardingPlan;

/** An engine with a plan, and one thread's means of sending packets of the benchmark's flows through it. */
final class FlowBench {
    /** Packets handed over at once, as a receive queue would. */
    static final int BATCH = 32;

    private FlowBench() {}

    static NatEngine engine(int flows, int services) {
        final NatEngine engine = NatEngine.create(EngineConfig.DEFAULT.withCapacity(flows));
        final ForwardingPlan plan = BenchPlan.of(1, BenchPlan.rules(services));
        engine.apply(plan, BenchPlan.wholeOf(plan));
        return engine;
    }

    /** One thread's worker and packet buffers; the packets lie in a ring that stays in the first cache, as DMA'd ones do. */
    static final class Sender {
        private final NatWorker worker;
        private final NativeMemory memory = new NativeMemory((long) BATCH * Packets.SLOT);
        private final PacketBatch batch = new PacketBatch(BATCH);

        Sender(NatEngine engine, int tcpFlags) {
            worker = engine.newWorker();
            for (int i = 0; i < BATCH; i++) {
                Packets.writeTemplate(packet(i), tcpFlags);
            }
        }

        private long packet(int index) {
            return memory.address() + (long) index * Packets.SLOT;
        }

        /** Writes the packet of a flow into a place of the ring. */
        void write(int index, int flow) {
            Packets.write(packet(index), flow);
        }

        /** Processes the ring's packets as one batch. */
        void sendBatch(long nowNanos) {
            final PacketBatch packets = batch;
            packets.clear();
            for (int i = 0; i < BATCH; i++) {
                packets.add(packet(i), Packets.LENGTH);
            }
            worker.process(packets, Ingress.NONE, nowNanos);
        }

        Verdict verdict(int index) {
            return batch.verdict(index);
        }

        /** Processes one packet of the ring. */
        Verdict sendOne(int index, long nowNanos) {
            return worker.process(packet(index), Packets.LENGTH, Ingress.NONE, nowNanos);
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
