package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.packet.ChecksumVerifier;
import io.pointsman.packet.PacketBuilder;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hours at a full table, by a clock that the test moves: hundreds of thousands of short-lived clients come and go and rules
 * change all the while, and a few connections stay, which must never be lost or moved. {@code -Dpointsman.soak.rounds=}
 * makes it longer.
 */
class SoakTest {
    private static final long SEED = Long.getLong("pointsman.seed", 20_261_123L);
    private static final int ROUNDS = Integer.getInteger("pointsman.soak.rounds", 60);
    private static final int PACKETS_PER_ROUND = 6_000;
    private static final int CAPACITY = 1_000;
    private static final int SWAPS_PER_ROUND = 20;
    private static final int KEPT = 40; // connections of each thread that stay
    private static final long ROUND_NANOS = 120_000_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final IpAddress VIP = IpAddress.parse("10.0.0.1");

    /** Traffic of one thread. Its clients are its own, so it knows the translation of every packet. */
    private static final class Traffic {
        private final NatWorker worker;
        private final int thread;
        private final Random random;
        private final MemorySegment memory = Arena.ofAuto().allocate(256, 8);
        private final Map<Integer, byte[]> kept = new HashMap<>(); // by client, the reply's addresses and ports
        private final List<byte[]> answers = new ArrayList<>(); // to short-lived clients, some of them gone by now
        private long sent;

        Traffic(NatEngine engine, int thread) {
            this.thread = thread;
            worker = engine.newWorker();
            random = new Random(SEED + thread);
        }

        void establish(long now) {
            for (int client = 0; client < KEPT; client++) {
                final IpAddress address = IpAddress.ofIpv4(0xC633_6400 | thread << 6 | client);
                final byte[] syn = send(tcp(address, 40_000, PacketBuilder.SYN), now);
                kept.put(client, Arrays.copyOfRange(syn, 12, 24));
                send(answer(syn, PacketBuilder.SYN | PacketBuilder.ACK), now);
                send(tcp(address, 40_000, PacketBuilder.ACK), now);
            }
        }

        /** Sends packets both ways in each kept connection. */
        void keep(long now) {
            kept.forEach((client, seen) -> {
                final IpAddress address = IpAddress.ofIpv4(0xC633_6400 | thread << 6 | client);
                final byte[] out = send(tcp(address, 40_000, PacketBuilder.ACK), now);
                assertThat(Arrays.copyOfRange(out, 12, 24))
                        .as("connection %d of thread %d was moved", client, thread)
                        .isEqualTo(seen);
                final byte[] back = send(answer(out, PacketBuilder.ACK), now);
                assertThat(Arrays.copyOfRange(back, 12, 16)).isEqualTo(VIP.toBytes());
                assertThat(Arrays.copyOfRange(back, 16, 20)).isEqualTo(address.toBytes());
            });
        }

        /** Sends a flood from short-lived clients; some get a reply and so must not be dropped. */
        void churn(long from, int packets) {
            for (int i = 0; i < packets; i++) {
                final long now = from + ROUND_NANOS * i / packets;
                if (!answers.isEmpty() && random.nextInt(4) == 0) {
                    process(answers.get(random.nextInt(answers.size())), now);
                    continue;
                }
                final IpAddress stranger = IpAddress.ofIpv4(0x0B00_0000 | thread << 20 | random.nextInt(1 << 10));
                final int port = 1024 + random.nextInt(40);
                final int flags = random.nextInt(4) == 0 ? PacketBuilder.RST : PacketBuilder.SYN;
                final boolean isTcp = random.nextInt(3) == 0;
                final byte[] packet = isTcp
                        ? tcp(stranger, port, flags)
                        : PacketBuilder.ip(stranger, VIP).udp(port, 53).build();
                final byte[] out = process(packet, now);
                if (out[19] != packet[19] && random.nextInt(8) == 0) {
                    answers.add(answer(out, PacketBuilder.SYN | PacketBuilder.ACK));
                    if (answers.size() > 64) {
                        answers.remove(random.nextInt(answers.size()));
                    }
                }
            }
        }

        private static byte[] tcp(IpAddress client, int port, int flags) {
            return PacketBuilder.ip(client, VIP).tcp(port, 80, flags).build();
        }

        private static byte[] answer(byte[] out, int flags) {
            final IpAddress from = IpAddress.ofBytes(Arrays.copyOfRange(out, 16, 20));
            final IpAddress to = IpAddress.ofBytes(Arrays.copyOfRange(out, 12, 16));
            final int fromPort = ByteBuffer.wrap(out).getShort(22) & 0xFFFF;
            final int toPort = ByteBuffer.wrap(out).getShort(20) & 0xFFFF;
            final PacketBuilder builder = PacketBuilder.ip(from, to);
            return (out[9] == PacketBuilder.UDP ? builder.udp(fromPort, toPort) : builder.tcp(fromPort, toPort, flags))
                    .build();
        }

        private byte[] send(byte[] packet, long now) {
            final byte[] out = process(packet, now);
            assertThat(worker.reason()).isIn(Reason.NEW_FLOW, Reason.ESTABLISHED);
            return out;
        }

        private byte[] process(byte[] packet, long now) {
            MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, 0, packet.length);
            worker.process(memory, 0, packet.length, InputInterface.NONE, now);
            sent++;
            final byte[] out = memory.asSlice(0, packet.length).toArray(ValueLayout.JAVA_BYTE);
            assertThat(ChecksumVerifier.problems(out)).isEmpty();
            return out;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldKeepConnectionsAndOrderWhenTheTableStaysFull(int threads) throws Exception {
        final EngineConfig config = EngineConfig.builder()
                .capacity(CAPACITY)
                .hashSeed(SEED)
                .snatPorts(new PortRange(1024, 2047), new PortRange(1100, 1100))
                .build();
        try (NatEngine engine = NatEngine.create(config);
                ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            ForwardingPlan plan = ForwardingPlan.empty(Plans.FACTS);
            plan = swapRules(engine, plan, 0);
            final List<Traffic> traffic = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                traffic.add(new Traffic(engine, thread));
                traffic.get(thread).establish(0);
            }
            long most = 0;
            for (int round = 0; round < ROUNDS; round++) {
                final long start = round * ROUND_NANOS + SECOND;
                final List<Future<?>> running = new ArrayList<>();
                for (Traffic one : traffic) {
                    running.add(pool.submit(() -> {
                        one.churn(start, PACKETS_PER_ROUND / 2);
                        one.keep(start + ROUND_NANOS / 2);
                        engine.sweep(CAPACITY / 4, start + ROUND_NANOS / 2);
                        one.churn(start, PACKETS_PER_ROUND / 2);
                    }));
                }
                for (int swap = 0; swap < SWAPS_PER_ROUND; swap++) {
                    plan = swapRules(engine, plan, round + swap);
                }
                for (Future<?> one : running) {
                    one.get();
                }
                most = Math.max(most, engine.trackedFlows());
                assertThat(EngineInvariants.problems(engine))
                        .as("round %d, seed %d", round, SEED)
                        .isEmpty();
            }
            assertThat(most).isEqualTo(CAPACITY);
            final long sent = traffic.stream().mapToLong(one -> one.sent).sum();
            assertThat(Arrays.stream(Reason.values()).mapToLong(engine::packets).sum())
                    .isEqualTo(sent);
            assertThat(engine.packets(Reason.NEW_FLOW)).isGreaterThan(10L * CAPACITY);
            assertKeptFlowsCountEveryPacket(engine, threads);
        }
    }

    /** Asserts exact counters of kept flows, which no other thread uses. */
    private static void assertKeptFlowsCountEveryPacket(NatEngine engine, int threads) {
        final List<FlowRecord> kept = engine.flows(ROUNDS * ROUND_NANOS)
                .filter(flow -> flow.original().sourcePort() == 40_000)
                .toList();
        assertThat(kept).hasSize(KEPT * threads).allSatisfy(flow -> {
            assertThat(flow.state()).isEqualTo("ESTABLISHED");
            assertThat(flow.packetsOut()).isEqualTo(2 + ROUNDS);
            assertThat(flow.packetsBack()).isEqualTo(1 + ROUNDS);
        });
    }

    /**
     * Puts the next plan in force. The web service's kept connections stay on their endpoints although these leave and come
     * back; sometimes a service is removed.
     */
    private static ForwardingPlan swapRules(NatEngine engine, ForwardingPlan before, int number) {
        final List<Rule> rules = new ArrayList<>();
        final PoolEndpoint[] web = {endpoint(2 + number % 3, 8080), endpoint(3 + number % 3, 8080)};
        final PoolEndpoint[] dns = {endpoint(6 + number % 5, 53), endpoint(12, 53)};
        if (number % 7 != 6) {
            rules.add(Plans.rule(Protocol.TCP, "10.0.0.1", 80)
                    .balancing(number % 2 == 0 ? Balancing.LEAST_CONNECTIONS : Balancing.MAGLEV)
                    .to(web));
        }
        if (number % 11 != 10) {
            rules.add(Plans.rule(Protocol.UDP, "10.0.0.1", 53).service("dns").to(dns));
        }
        final ForwardingPlan after = Plans.plan(before.version() + 1, rules.toArray(Rule[]::new));
        Plans.apply(engine, before, after);
        return after;
    }

    private static PoolEndpoint endpoint(int number, int port) {
        return Plans.endpoint("10.180.1." + number, port);
    }
}
