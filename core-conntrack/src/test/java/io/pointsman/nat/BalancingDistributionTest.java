package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Protocol;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.testing.Packets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Distribution of connections over endpoints, as packets show it. Seeds are fixed: the same numbers every time. */
class BalancingDistributionTest {
    private static final String VIP = "10.0.0.1";
    private static final int CONNECTIONS = 20_000;
    private static final double FIVE_SIGMA = 5;

    private static PoolEndpoint[] endpoints(int... weights) {
        final PoolEndpoint[] endpoints = new PoolEndpoint[weights.length];
        Arrays.setAll(endpoints, i -> Plans.weighted("10.180.1." + (100 + i), 8080, weights[i]));
        return endpoints;
    }

    private static ForwardingPlan plan(long version, Balancing balancing, PoolEndpoint... endpoints) {
        return Plans.plan(
                version, Plans.rule(Protocol.TCP, VIP, 80).balancing(balancing).to(endpoints));
    }

    private static NatEngine engine(ForwardingPlan plan) {
        final NatEngine engine = NatEngine.create(
                EngineConfig.builder().capacity(65_536).hashSeed(7).build());
        Plans.apply(engine, ForwardingPlan.empty(Plans.FACTS), plan);
        return engine;
    }

    private static byte[] process(NatWorker worker, byte[] packet) {
        final var memory = Packets.lend(packet);
        assertThat(worker.process(memory, 0, packet.length, InputInterface.NONE, 0))
                .isEqualTo(Verdict.FORWARD);
        return Packets.bytes(memory);
    }

    /** The last byte of the endpoint's address. */
    private static int open(NatWorker worker, String client, int port) {
        return process(worker, Packets.tcp(client, port, VIP, 80, Packets.SYN))[19] & 0xFF;
    }

    private static String client(int number) {
        return "10.180." + (2 + number / 200) + "." + (1 + number % 200);
    }

    private static long[] spread(NatWorker worker, int endpoints) {
        final long[] counts = new long[endpoints];
        for (int i = 0; i < CONNECTIONS; i++) {
            counts[open(worker, client(i / 100), 1024 + i % 100) - 100]++;
        }
        return counts;
    }

    private static void assertShares(long[] counts, int... weights) {
        final int total = Arrays.stream(weights).sum();
        for (int i = 0; i < weights.length; i++) {
            final double share = (double) weights[i] / total;
            final double sigma = Math.sqrt(CONNECTIONS * share * (1 - share));
            assertThat((double) counts[i])
                    .as("endpoint %d of %s", i, Arrays.toString(counts))
                    .isBetween(CONNECTIONS * share - FIVE_SIGMA * sigma, CONNECTIONS * share + FIVE_SIGMA * sigma);
        }
    }

    @Test
    void shouldSpreadEvenlyWhenChoiceIsRandom() {
        try (NatEngine engine = engine(plan(1, Balancing.RANDOM, endpoints(1, 9, 1, 1, 1)))) {
            assertShares(spread(engine.newWorker(), 5), 1, 1, 1, 1, 1);
        }
    }

    @Test
    void shouldFollowWeightsWhenWeighted() {
        final int[] weights = {1, 2, 3, 0, 4, 90};
        try (NatEngine engine = engine(plan(1, Balancing.WEIGHTED, endpoints(weights)))) {
            assertShares(spread(engine.newWorker(), 6), weights);
        }
    }

    @Test
    void shouldTakeTurnsWhenRoundRobin() {
        try (NatEngine engine = engine(plan(1, Balancing.ROUND_ROBIN, endpoints(1, 1, 1, 1)))) {
            assertThat(spread(engine.newWorker(), 4)).containsOnly(CONNECTIONS / 4);
        }
    }

    @Test
    void shouldEvenOutByWeightWhenConnectionsAreCounted() {
        final int[] weights = {1, 1, 2, 4};
        try (NatEngine engine = engine(plan(1, Balancing.LEAST_CONNECTIONS, endpoints(weights)))) {
            final NatWorker worker = engine.newWorker();
            final Random random = new Random(7);
            final List<Deque<byte[]>> open =
                    Stream.<Deque<byte[]>>generate(ArrayDeque::new).limit(4).toList();
            for (int i = 0; i < CONNECTIONS; i++) {
                final byte[] out = process(worker, Packets.tcp(client(i / 100), 1024 + i % 100, VIP, 80, Packets.SYN));
                open.get((out[19] & 0xFF) - 100).add(out);
                if (random.nextInt(4) == 0) { // refused: the connection is over at once
                    final byte[] last = open.get(random.nextInt(4)).pollLast();
                    if (last != null) {
                        final String client = Packets.source(last);
                        final String endpoint = Packets.destination(last);
                        final int flags = Packets.RST | Packets.ACK;
                        process(worker, Packets.tcp(endpoint, 8080, client, Packets.sourcePort(last), flags));
                    }
                }
            }
            final long eighth = engine.trackedFlows() / 8;
            for (int i = 0; i < weights.length; i++) {
                assertThat((long) open.get(i).size())
                        .as("connections on endpoint %d", i)
                        .isBetween(weights[i] * eighth - 10, weights[i] * eighth + 10);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Balancing.class,
            names = {"SOURCE_HASH", "MAGLEV"})
    void shouldTakeAClientToOneEndpointAndClientsToAllWhenHashed(Balancing balancing) {
        try (NatEngine engine = engine(plan(1, balancing, endpoints(1, 1, 1, 1, 1)))) {
            final NatWorker worker = engine.newWorker();
            final long[] clients = new long[5];
            for (int number = 0; number < 2_000; number++) {
                final Set<Integer> endpoints = new HashSet<>();
                for (int port = 1; port <= 3; port++) {
                    endpoints.add(open(worker, client(number), port));
                }
                assertThat(endpoints).hasSize(1);
                clients[endpoints.iterator().next() - 100]++;
            }
            final double sigma = Math.sqrt(2_000 * 0.2 * 0.8);
            for (long count : clients) {
                assertThat((double) count).isBetween(400 - FIVE_SIGMA * sigma, 400 + FIVE_SIGMA * sigma);
            }
        }
    }

    /** Number of 2,000 clients of ten endpoints that change their endpoint although another one was removed. */
    private static long movedNeedlessly(Balancing balancing) {
        final PoolEndpoint[] all =
                endpoints(IntStream.generate(() -> 1).limit(10).toArray());
        final ForwardingPlan before = plan(1, balancing, all);
        final ForwardingPlan after = plan(2, balancing, Arrays.copyOfRange(all, 1, 10));
        try (NatEngine engine = engine(before)) {
            final NatWorker worker = engine.newWorker();
            final List<Integer> first = new ArrayList<>();
            for (int number = 0; number < 2_000; number++) {
                first.add(open(worker, client(number), 1));
            }
            Plans.apply(engine, before, after);
            return IntStream.range(0, 2_000)
                    .filter(number -> first.get(number) != 100)
                    .filter(number -> open(worker, client(number), 2) != first.get(number))
                    .count();
        }
    }

    @Test
    void shouldMoveFewClientsOfOtherEndpointsWhenMaglevLosesOne() {
        assertThat(movedNeedlessly(Balancing.MAGLEV)).isLessThan(1_800 / 25);
        assertThat(movedNeedlessly(Balancing.SOURCE_HASH))
                .as("why one would want Maglev")
                .isGreaterThan(500);
    }
}
