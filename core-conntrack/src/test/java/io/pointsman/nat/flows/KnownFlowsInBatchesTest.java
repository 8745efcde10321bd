package io.pointsman.nat.flows;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Protocol;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.EngineInvariants;
import io.pointsman.nat.InputInterface;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.NatWorker;
import io.pointsman.nat.PacketBatch;
import io.pointsman.nat.Plans;
import io.pointsman.nat.Reason;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.testing.Packets;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Packets of known flows in batches are forwarded and keep their flows alive. There are so many flows that some share a
 * group of the index and a tag: a batch then looks into the wrong slot first.
 */
class KnownFlowsInBatchesTest {
    private static final String VIP = "10.0.0.1";
    private static final String VIP6 = "2001:db8::1";
    private static final String ENDPOINT = "10.180.1.100";
    private static final String ENDPOINT6 = "2001:db8:180:1::100";
    private static final int FLOWS = 20_000;
    private static final long UNREPLIED = Duration.ofSeconds(30).toNanos();
    private static final long MOST_TOO_LONG = Duration.ofMillis(400).toNanos(); // a 256th, and two ticks

    /** Families of the packets in a batch. */
    enum Families {
        IPV4,
        IPV6,
        MIXED;

        boolean isIpv6(int flow) {
            return this == IPV6 || (this == MIXED && Integer.bitCount(flow * 0x9E37_79B1) % 2 == 0);
        }
    }

    /** Packets that clients send, and packets that endpoints must receive; by flow. */
    private static final class Traffic {
        private final byte[][] sent;
        private final byte[][] translated;

        Traffic(Families families) {
            sent = packets(families, false);
            translated = packets(families, true);
        }

        private static byte[][] packets(Families families, boolean isTranslated) {
            return IntStream.range(0, FLOWS)
                    .mapToObj(flow -> packet(flow, families.isIpv6(flow), isTranslated))
                    .toArray(byte[][]::new);
        }
    }

    private static byte[] packet(int flow, boolean isIpv6, boolean isTranslated) {
        final String client = (isIpv6 ? "2001:db8:180:1::" : "10.180.1.") + (2 + flow % 50);
        final String destination = isIpv6 ? isTranslated ? ENDPOINT6 : VIP6 : isTranslated ? ENDPOINT : VIP;
        return Packets.udp(client, 1024 + flow / 50, destination, 53, new byte[32]);
    }

    /** Sends a packet of each flow and expects the same outcome for all. */
    private void sendAll(NatWorker worker, PacketBatch batch, Traffic traffic, Reason expected, long nowNanos) {
        for (int from = 0; from < FLOWS; from += batch.capacity()) {
            final MemorySegment[] packets = IntStream.range(from, Math.min(FLOWS, from + batch.capacity()))
                    .mapToObj(flow -> Packets.lend(traffic.sent[flow]))
                    .toArray(MemorySegment[]::new);
            batch.clear();
            Arrays.stream(packets).forEach(packet -> batch.add(packet, 0, (int) packet.byteSize()));
            worker.process(batch, InputInterface.NONE, nowNanos);
            for (int i = 0; i < packets.length; i++) {
                assertThat(batch.verdict(i)).isEqualTo(Verdict.FORWARD);
                assertThat(batch.reason(i)).isEqualTo(expected);
                assertThat(Packets.bytes(packets[i])).isEqualTo(traffic.translated[from + i]);
            }
        }
    }

    static Stream<Arguments> batches() {
        return Stream.of(Families.values()).flatMap(families -> IntStream.of(1, 5, 16, 17, 47, 64, 1024)
                .mapToObj(capacity -> Arguments.of(families, capacity)));
    }

    @ParameterizedTest
    @MethodSource("batches")
    void shouldForwardAndKeepAliveWhenSlotsOfOneGroupBearOneTag(Families families, int capacity) {
        final PacketBatch batch = new PacketBatch(capacity);
        final Traffic traffic = new Traffic(families);
        final ForwardingPlan plan = Plans.plan(
                1,
                Plans.rule(Protocol.UDP, VIP, 53).to(Plans.weighted(ENDPOINT, 53, 1)),
                Plans.rule(Protocol.UDP, VIP6, 53).to(Plans.weighted(ENDPOINT6, 53, 1)));
        try (NatEngine engine = NatEngine.create(
                EngineConfig.builder().capacity(FLOWS).hashSeed(7).build())) {
            Plans.apply(engine, ForwardingPlan.empty(Plans.FACTS), plan);
            final NatWorker worker = engine.newWorker();
            sendAll(worker, batch, traffic, Reason.NEW_FLOW, 0);
            long now = 0;
            for (int round = 0; round < 3; round++) {
                now += UNREPLIED * 9 / 10;
                sendAll(worker, batch, traffic, Reason.ESTABLISHED, now);
                engine.sweep(Integer.MAX_VALUE, now);
                assertThat(engine.trackedFlows()).isEqualTo(FLOWS);
            }
            assertThat(EngineInvariants.problems(engine)).isEmpty();
            engine.sweep(Integer.MAX_VALUE, now + UNREPLIED - 1);
            assertThat(engine.trackedFlows()).isEqualTo(FLOWS);
            engine.sweep(Integer.MAX_VALUE, now + UNREPLIED + MOST_TOO_LONG);
            assertThat(engine.trackedFlows()).isZero();
        }
    }
}
