package io.pointsman.bench.engine;

import io.pointsman.conntrack.NativeMemory;
import io.pointsman.model.IpFamily;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An engine with a plan, and senders that pass packets of the benchmark's flows through it. */
final class FlowBench {
    /** Packets passed at once, like those of a receive queue. */
    static final int BATCH = 64;

    private FlowBench() {}

    static NatEngine engine(int flows, int services) {
        return engine(flows, BenchPlan.rules(Protocol.TCP, services));
    }

    /** Returns an engine with capacity for this number of flows. */
    static NatEngine engine(int flows, Traffic traffic) {
        final Map<Frontend, Rule> rules = new HashMap<>();
        for (IpFamily family : IpFamily.values()) {
            for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
                rules.putAll(BenchPlan.rules(family, protocol, Packets.SERVICES));
            }
        }
        return engine(traffic.capacity(flows), rules);
    }

    /** Returns an engine with a plan of version 1. */
    static NatEngine engine(int flows, Map<Frontend, Rule> rules) {
        final NatEngine engine =
                NatEngine.create(EngineConfig.builder().capacity(flows).build());
        final ForwardingPlan plan = BenchPlan.of(1, rules);
        engine.apply(plan, BenchPlan.wholeOf(plan));
        return engine;
    }

    /**
     * A worker and its packet buffers for one thread, laid out as a driver does: a ring of as many frames as a receive
     * queue has, used in turn. Frames are as far apart as DPDK's default buffers, and the IP header follows 128 bytes of
     * headroom and an Ethernet header, so the headers stay in the L2 cache, one line each. Packets are written just
     * before use: a million packets written beforehand would be a working set that no driver has.
     */
    static final class Sender {
        private static final int FRAMES = 1024;
        private static final int FRAME = 2368;
        private static final int HEADER = 128 + 14;
        private static final int TEMPLATES = 4; // by family and protocol

        private final NatWorker worker;
        private final NativeMemory memory = new NativeMemory((long) FRAMES * FRAME);
        private final long[] headers = new long[FRAMES];
        private final int[] lengths = new int[FRAMES];
        private final PacketBatch batch = new PacketBatch(BATCH);
        private final NativeMemory templates = new NativeMemory(TEMPLATES * Packets.TEMPLATE);
        private final Traffic traffic;
        private int first; // first frame of the batch

        Sender(NatEngine engine, int tcpFlags) {
            this(engine, tcpFlags, Traffic.IPV4);
        }

        Sender(NatEngine engine, int tcpFlags, Traffic traffic) {
            this.traffic = traffic;
            worker = engine.newWorker();
            for (int frame = 0; frame < FRAMES; frame++) {
                headers[frame] = memory.address() + (long) frame * FRAME + HEADER;
                if (traffic.isIpv6) {
                    Packets.writeTemplateIpv6(headers[frame], tcpFlags);
                } else {
                    Packets.writeTemplate(headers[frame], tcpFlags);
                }
            }
            for (int udp = 0; udp < 2; udp++) {
                Packets.writeTemplate(template(0, udp), tcpFlags);
                Packets.writeTemplateIpv6(template(1, udp), tcpFlags);
            }
            Packets.makeUdp(template(0, 1), false);
            Packets.makeUdp(template(1, 1), true);
        }

        private long template(int wide, int udp) {
            return templates.address() + (wide * 2L + udp) * Packets.TEMPLATE;
        }

        /** Sends IPv4 datagrams from now on. */
        void useUdp() {
            for (long header : headers) {
                Packets.makeUdp(header, false);
            }
        }

        private long packet(int index) {
            return headers[first + index];
        }

        /** Advances to the next frames of the ring. */
        void advance() {
            first = (first + BATCH) % FRAMES;
        }

        /** Writes the packet of a flow into a frame. */
        void write(int index, int flow) {
            if (traffic.isZipf) {
                final int wide = traffic.wide(flow);
                Packets.writeWhole(packet(index), template(wide, traffic.datagrams(flow)), flow, wide);
                lengths[first + index] = Packets.LENGTH + wide * (Packets.IPV6_LENGTH - Packets.LENGTH);
            } else if (traffic.isIpv6) {
                Packets.writeIpv6(packet(index), flow);
                lengths[first + index] = Packets.IPV6_LENGTH;
            } else {
                Packets.write(packet(index), flow);
                lengths[first + index] = Packets.LENGTH;
            }
        }

        /** Processes the packets of the frames as one batch. */
        void sendBatch(long nowNanos) {
            sendBatch(0, BATCH, nowNanos);
        }

        /** Processes {@code count} packets of the frames as one batch. */
        void sendBatch(int from, int count, long nowNanos) {
            final PacketBatch packets = batch;
            packets.clear();
            packets.addAll(headers, lengths, first + from, count);
            worker.process(packets, InputInterface.NONE, nowNanos);
        }

        Verdict verdict(int index) {
            return batch.verdict(index);
        }

        /** Processes one packet of the ring. */
        Verdict sendOne(int index, long nowNanos) {
            return worker.process(packet(index), lengths[first + index], InputInterface.NONE, nowNanos);
        }

        void announce(int index) {
            worker.announce(packet(index), lengths[first + index]);
        }

        /**
         * Opens flows {@code from} to {@code to} with a TCP handshake, or a datagram and its reply; each packet must be
         * forwarded.
         */
        void open(int from, int to, long nowNanos) {
            for (int flow = from; flow < to; flow++) {
                final boolean isIpv6 = traffic.wide(flow) != 0;
                final boolean isTcp = traffic.datagrams(flow) == 0;
                write(0, flow);
                send(isIpv6, isTcp, Packets.SYN, nowNanos);
                Packets.turn(packet(0), isIpv6);
                send(isIpv6, isTcp, Packets.SYN | Packets.ACK, nowNanos);
                write(0, flow);
                send(isIpv6, isTcp, Packets.ACK, nowNanos);
            }
        }

        /** Opens a flow of TCP over IPv4 whose client gives up at once; each packet must be forwarded. */
        void openAndReset(int flow, long nowNanos) {
            write(0, flow);
            send(false, true, Packets.SYN, nowNanos);
            write(0, flow);
            send(false, true, Packets.RST, nowNanos);
            Packets.setFlags(packet(0), false, Packets.ACK); // as the other frames are
        }

        private void send(boolean isIpv6, boolean isTcp, int tcpFlags, long nowNanos) {
            if (isTcp) {
                Packets.setFlags(packet(0), isIpv6, tcpFlags);
            }
            final Verdict verdict = sendOne(0, nowNanos);
            if (verdict != Verdict.FORWARD) {
                throw new IllegalStateException(verdict + ": " + worker.reason());
            }
        }

        void close() {
            memory.close();
            templates.close();
        }
    }
}
