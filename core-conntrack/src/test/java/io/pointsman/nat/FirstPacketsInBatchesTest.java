package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Protocol;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.testing.Packets;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * First packets in batches, about which the engine decides ahead, have the same outcome as one by one, whatever the order of
 * their families.
 */
class FirstPacketsInBatchesTest {
    private static final String VIP = "10.0.0.1";
    private static final String VIP6 = "2001:db8::1";
    private static final int BATCHES = 40;

    private final Random random = new Random(7);

    private static NatEngine engine(ForwardingPlan plan) {
        final NatEngine engine = NatEngine.create(
                EngineConfig.builder().capacity(65_536).hashSeed(7).build());
        Plans.apply(engine, ForwardingPlan.empty(Plans.FACTS), plan);
        return engine;
    }

    private static Plans.RuleSpec rule(Balancing balancing, String vip) {
        return Plans.rule(Protocol.TCP, vip, 80).balancing(balancing);
    }

    /**
     * Makes a packet of any family. There are so few clients that tuples come twice in a batch, and that affinity from one
     * packet binds a later one; some are pods, whose address is kept.
     */
    private byte[] packet() {
        final boolean isIpv6 = random.nextBoolean();
        final String network = isIpv6
                ? random.nextBoolean() ? "2001:db8:180:2::" : "2001:db8:51::"
                : random.nextBoolean() ? "10.180.2." : "198.51.100.";
        final String client = network + (1 + random.nextInt(5));
        return Packets.tcp(client, 1024 + random.nextInt(40), isIpv6 ? VIP6 : VIP, 80, Packets.SYN);
    }

    private void assertAlike(Plans.RuleSpec rule, Plans.RuleSpec wideRule) {
        final ForwardingPlan plan = Plans.plan(
                1,
                rule.to(
                        Plans.weighted("10.180.1.100", 8080, 1),
                        Plans.weighted("10.180.1.101", 8080, 2),
                        Plans.weighted("10.180.1.102", 8080, 3)),
                wideRule.to(
                        Plans.weighted("2001:db8:180:1::100", 8080, 1),
                        Plans.weighted("2001:db8:180:1::101", 8080, 2),
                        Plans.weighted("2001:db8:180:1::102", 8080, 3)));
        final PacketBatch batch = new PacketBatch();
        try (NatEngine one = engine(plan);
                NatEngine other = engine(plan)) {
            final NatWorker worker = one.newWorker();
            final NatWorker batchWorker = other.newWorker();
            for (int round = 0; round < BATCHES; round++) {
                final byte[][] packets = new byte[batch.capacity()][];
                Arrays.setAll(packets, _ -> packet());
                final MemorySegment[] memory =
                        Arrays.stream(packets).map(Packets::lend).toArray(MemorySegment[]::new);
                batch.clear();
                for (MemorySegment packet : memory) {
                    batch.add(packet, 0, (int) packet.byteSize());
                }
                batchWorker.process(batch, InputInterface.NONE, round);
                for (int i = 0; i < packets.length; i++) {
                    final MemorySegment single = Packets.lend(packets[i]);
                    assertThat(batch.verdict(i))
                            .isEqualTo(worker.process(single, 0, packets[i].length, InputInterface.NONE, round));
                    assertThat(batch.reason(i)).isEqualTo(worker.reason());
                    assertThat(Packets.bytes(memory[i])).isEqualTo(Packets.bytes(single));
                }
            }
            assertThat(other.trackedFlows()).isEqualTo(one.trackedFlows()).isPositive();
            assertThat(EngineInvariants.problems(other)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Balancing.class)
    void shouldChooseAlikeWhenBalancingIs(Balancing balancing) {
        assertAlike(rule(balancing, VIP), rule(balancing, VIP6));
    }

    @Test
    void shouldChooseAlikeWhenAnEarlierPacketOfTheBatchBindsTheClient() {
        final Duration bound = Duration.ofHours(3);
        assertAlike(
                rule(Balancing.RANDOM, VIP).affinity(bound),
                rule(Balancing.RANDOM, VIP6).affinity(bound));
    }
}
