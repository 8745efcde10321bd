package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.conntrack.Collisions;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.packet.PacketBuilder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that choose their tuples to do harm, tables that are too small, and clocks that are wrong. */
class HostileTrafficTest {
    private static final IpAddress VIP = IpAddress.parse("10.0.0.1");
    private static final long SECOND = 1_000_000_000L;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory = arena.allocate(256, 8);

    @AfterEach
    void close() {
        arena.close();
    }

    private static NatEngine engine(EngineConfig config) {
        return Plans.engine(
                config,
                Plans.rule(Protocol.UDP, "10.0.0.1", 53)
                        .to(Plans.endpoint("10.180.1.2", 53), Plans.endpoint("10.180.1.3", 53)));
    }

    private Verdict udp(NatWorker worker, IpAddress client, int port, long now) {
        final byte[] packet = PacketBuilder.ip(client, VIP).udp(port, 53).build();
        MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, 0, packet.length);
        return worker.process(memory, 0, packet.length, InputInterface.NONE, now);
    }

    private static IpAddress client(int number) {
        return IpAddress.ofIpv4(0x0B00_0000 | number);
    }

    @Test
    void shouldBoundTheDamageWhenAnAttackerKnowsTheSecret() {
        try (NatEngine engine =
                engine(EngineConfig.builder().capacity(20_000).hashSeed(7).build())) {
            final NatWorker worker = engine.newWorker();
            final List<Integer> colliding = Collisions.sourcesInOneLine(engine.tables().ipv4, 400, VIP, 4_000, 53);
            for (int number : colliding) {
                // At most a few lines are searched; beyond them unanswered flows are dropped for new ones.
                assertThat(udp(worker, client(number), 4_000, SECOND)).isEqualTo(Verdict.FORWARD);
            }
            assertThat(EngineInvariants.problems(engine)).isEmpty();
            assertThat(udp(worker, client(1 << 22), 4_001, SECOND)).isEqualTo(Verdict.FORWARD);
        }
    }

    @Test
    void shouldSpreadTheSameTuplesWhenTheSecretIsAnother() {
        try (NatEngine known = engine(
                        EngineConfig.builder().capacity(20_000).hashSeed(7).build());
                NatEngine secret =
                        engine(EngineConfig.builder().capacity(20_000).build())) {
            final List<Integer> colliding = Collisions.sourcesInOneLine(known.tables().ipv4, 400, VIP, 4_000, 53);
            assertThat(Collisions.lines(known.tables().ipv4, colliding, VIP, 4_000, 53))
                    .isEqualTo(1);
            assertThat(Collisions.lines(secret.tables().ipv4, colliding, VIP, 4_000, 53))
                    .isGreaterThan(150); // of 872 lines, 400 tuples meet 320 or so
        }
    }

    @Test
    void shouldWorkWhenTheTableHoldsOneFlow() {
        try (NatEngine engine =
                engine(EngineConfig.builder().capacity(1).hashSeed(7).build())) {
            final NatWorker worker = engine.newWorker();
            for (int i = 0; i < 1_000; i++) {
                assertThat(udp(worker, client(i), 4_000, i)).isEqualTo(Verdict.FORWARD); // the last one made way
                assertThat(engine.trackedFlows()).isEqualTo(1);
            }
            assertThat(EngineInvariants.problems(engine)).isEmpty();
        }
    }

    @Test
    void shouldKeepFlowsWhenTheClockGoesBack() {
        try (NatEngine engine =
                engine(EngineConfig.builder().capacity(1_000).hashSeed(7).build())) {
            final NatWorker worker = engine.newWorker();
            udp(worker, client(1), 4_000, 100 * SECOND);
            final byte[] first = memory.asSlice(16, 4).toArray(ValueLayout.JAVA_BYTE);
            for (long now = 90; now > -50; now -= 10) {
                engine.sweep(10_000, now * SECOND);
                udp(worker, client(1), 4_000, now * SECOND);
                assertThat(worker.reason()).isEqualTo(Reason.ESTABLISHED);
                assertThat(memory.asSlice(16, 4).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(first);
            }
            udp(worker, client(1), 4_000, 200 * SECOND);
            assertThat(worker.reason()).isEqualTo(Reason.NEW_FLOW);
        }
    }
}
