package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.nat.reference.PlanGenerator;
import io.pointsman.nat.reference.World;
import io.pointsman.packet.ChecksumVerifier;
import io.pointsman.packet.GuardedMemory;
import io.pointsman.packet.PacketBuilder;
import io.pointsman.packet.PacketMutator;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Conversations: what comes out of the engine is answered, repeated, torn to fragments, reported as lost, and damaged on its
 * way, so that damage meets flows in every state. The same is asked of the engine as with damaged single packets.
 * {@code -Dpointsman.fuzz.packets=} sends more.
 */
class SequenceFuzzTest {
    private static final long SEED = Long.getLong("pointsman.seed", 20_261_123L);
    private static final long PACKETS = Long.getLong("pointsman.fuzz.packets", 100_000L);
    private static final int ROOM = 4096;
    private static final int MEMORY = 256; // packets that came out and may be answered
    private static final int[] TCP_FLAGS = {0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x14};

    private final Random random = new Random(SEED);
    private final List<World> worlds = List.of(new World(IpFamily.IPV4), new World(IpFamily.IPV6));
    private final List<byte[]> sent = new ArrayList<>(); // forwarded, as they were before
    private final List<byte[]> seen = new ArrayList<>(); // the same, as they came out
    private final PacketMutator mutator = new PacketMutator(random, List.of(new byte[40]));
    private final GuardedMemory memory = new GuardedMemory(ROOM);
    private ForwardingPlan plan = ForwardingPlan.empty(Plans.FACTS);

    @ParameterizedTest(name = "be liberal about windows: {0}")
    @ValueSource(booleans = {true, false})
    void shouldKeepItsBoundsAndTablesWhenConversationsAreDamaged(boolean beLiberal) {
        final List<PlanGenerator> plans =
                worlds.stream().map(world -> new PlanGenerator(world, random)).toList();
        final EngineConfig config = EngineConfig.builder()
                .capacity(300)
                .hashSeed(SEED)
                .set(EngineConfig.Option.FORWARDS_ECHOES, true)
                .set(EngineConfig.Option.TCP_BE_LIBERAL, beLiberal)
                .snatPorts(new PortRange(40_000, 40_063), new PortRange(40_010, 40_020))
                .build();
        try (NatEngine engine = NatEngine.create(config)) {
            engine.pollEvents(_ -> {}, 1);
            final NatWorker worker = engine.newWorker();
            long now = 0;
            for (long i = 0; i < PACKETS; i++) {
                if (i % 20_000 == 0) {
                    final ForwardingPlan next = Plans.joined(
                            i + 1, plans.getFirst().next(), plans.getLast().next());
                    engine.apply(next, PlanDelta.between(plan, next));
                    plan = next;
                    assertThat(EngineInvariants.problems(engine)).isEmpty();
                }
                now += random.nextInt(2_000) == 0 ? random.nextLong(-10_000_000_000L, 200_000_000_000L) : 1_000_000;
                final byte[] packet = next();
                process(worker, random.nextInt(3) == 0 ? mutator.damaged(packet) : packet, now);
                if (random.nextInt(64) == 0) {
                    engine.sweep(50, now);
                    engine.pollEvents(_ -> {}, 32);
                }
            }
            for (Reason often : List.of(Reason.NEW_FLOW, Reason.ESTABLISHED, Reason.RELATED, Reason.FRAGMENT)) {
                assertThat(engine.packets(often))
                        .as("packets of reason %s", often)
                        .isGreaterThan(PACKETS / 1_000);
            }
            assertThat(Arrays.stream(Reason.values()).mapToLong(engine::packets).sum())
                    .isEqualTo(PACKETS);
            assertThat(EngineInvariants.problems(engine)).isEmpty();
        }
    }

    private byte[] next() {
        if (seen.isEmpty()) {
            return opening();
        }
        final int which = random.nextInt(seen.size());
        return switch (random.nextInt(8)) {
            case 0, 1 -> opening();
            case 2, 3, 4 -> answer(seen.get(which));
            case 5 -> error(seen.get(which));
            case 6 -> fragment(sent.get(which));
            default -> sent.get(which);
        };
    }

    private byte[] opening() {
        final World world = worlds.get(random.nextInt(worlds.size()));
        final List<IpAddress> clients = world.clients();
        final IpAddress client = clients.get(random.nextInt(clients.size()));
        final List<Rule> rules = plan.rules().values().stream()
                .filter(rule -> rule.frontend().family() == world.family())
                .sorted((one, other) -> one.frontend().compareTo(other.frontend()))
                .toList();
        if (rules.isEmpty()) {
            return PacketBuilder.ip(client, world.primary()).udp(1, 1).build();
        }
        final Rule rule = rules.get(random.nextInt(rules.size()));
        final Frontend frontend = rule.frontend();
        final IpAddress vip = rule.kind() == FrontendKind.NODE_PORT ? world.primary() : frontend.vip();
        final PacketBuilder builder = PacketBuilder.ip(client, vip).payload(new byte[random.nextInt(64)]);
        final int port = 40_000 + random.nextInt(20);
        if (random.nextInt(6) == 0) {
            return builder.echo(true, port, 1).build();
        }
        return switch (frontend.protocol()) {
            case TCP -> builder.tcp(port, frontend.port(), TCP_FLAGS[0]).build();
            case UDP -> builder.udp(port, frontend.port()).build();
            case SCTP -> builder.sctp(port, frontend.port(), 1).build();
        };
    }

    /** A packet the other way: addresses and ports turned around, the rest at random. */
    private byte[] answer(byte[] known) {
        final Shape shape = Shape.of(known);
        final PacketBuilder builder = PacketBuilder.ip(shape.to(), shape.from());
        return switch (shape.protocol()) {
            case PacketBuilder.TCP ->
                builder.tcp(shape.port(2), shape.port(0), TCP_FLAGS[random.nextInt(TCP_FLAGS.length)])
                        .build();
            case PacketBuilder.UDP -> builder.udp(shape.port(2), shape.port(0)).build();
            case PacketBuilder.SCTP ->
                builder.sctp(shape.port(2), shape.port(0), random.nextInt(15)).build();
            case PacketBuilder.ICMP, PacketBuilder.ICMPV6 ->
                builder.echo(random.nextInt(8) == 0, shape.port(4), 1).build();
            default -> known;
        };
    }

    private byte[] error(byte[] known) {
        final Shape shape = Shape.of(known);
        final boolean ipv4 = shape.from().isIpv4();
        final int quoted = shape.transport() + 8 + random.nextInt(600);
        return PacketBuilder.ip(
                        random.nextBoolean() ? shape.to() : worldOf(ipv4).router(), shape.from())
                .icmpError(ipv4 ? 3 : 2, ipv4 ? 4 : 0, 1280, known, quoted)
                .build();
    }

    private World worldOf(boolean ipv4) {
        return ipv4 ? worlds.getFirst() : worlds.getLast();
    }

    private byte[] fragment(byte[] known) {
        final Shape shape = Shape.of(known);
        if (shape.protocol() != PacketBuilder.UDP) {
            return known;
        }
        final int id = random.nextInt(4);
        final boolean isFirst = random.nextBoolean();
        return PacketBuilder.ip(shape.from(), shape.to())
                .udp(shape.port(0), shape.port(2))
                .payload(new byte[64])
                .identification(id)
                .fragment(isFirst ? 0 : 72, isFirst)
                .build();
    }

    private void process(NatWorker worker, byte[] packet, long now) {
        final long offset = memory.place(packet, random.nextBoolean());
        final Verdict verdict = worker.process(memory.bytes(), offset, packet.length, InputInterface.NONE, now);
        final byte[] after = memory.bytes().asSlice(offset, packet.length).toArray(ValueLayout.JAVA_BYTE);
        if (verdict != Verdict.FORWARD) {
            if (!Arrays.equals(packet, after)) {
                throw new AssertionError("seed " + SEED + ": " + verdict + " changed "
                        + HexFormat.of().formatHex(packet));
            }
            return;
        }
        final List<String> problems = problems(packet);
        if (!problems(after).equals(problems)) {
            throw new AssertionError("seed " + SEED + ": " + worker.reason() + " made " + problems(after) + " of "
                    + problems + " in "
                    + HexFormat.of().formatHex(packet) + "\n now "
                    + HexFormat.of().formatHex(after));
        }
        if (problems.isEmpty() && Shape.isPlain(after)) {
            if (seen.size() == MEMORY) {
                final int place = random.nextInt(MEMORY);
                sent.remove(place);
                seen.remove(place);
            }
            sent.add(packet);
            seen.add(after);
        }
    }

    /** Without a quoted SCTP checksum, which is left as it was: receivers go by the tag (RFC 9260, section 10). */
    private static List<String> problems(byte[] packet) {
        return ChecksumVerifier.problems(packet).stream()
                .filter(problem -> !problem.equals("quoted SCTP checksum"))
                .toList();
    }

    /** Offsets in a packet without options and extensions. */
    private static final class Shape {
        private final byte[] bytes;
        private final boolean ipv4;

        private Shape(byte[] bytes) {
            this.bytes = bytes;
            ipv4 = bytes[0] >>> 4 == 4;
        }

        static Shape of(byte[] packet) {
            return new Shape(packet);
        }

        /** Whether a packet is whole and has a header from which every reply can be made. */
        static boolean isPlain(byte[] packet) {
            final Shape shape = of(packet);
            return (shape.ipv4 ? packet[0] == 0x45 && (packet[6] & 0x3F) == 0 && packet[7] == 0 : packet[0] >>> 4 == 6)
                    && packet.length >= shape.transport() + 8
                    && List.of(
                                    PacketBuilder.TCP,
                                    PacketBuilder.UDP,
                                    PacketBuilder.SCTP,
                                    PacketBuilder.ICMP,
                                    PacketBuilder.ICMPV6)
                            .contains(shape.protocol());
        }

        int transport() {
            return ipv4 ? 20 : 40;
        }

        int protocol() {
            return bytes[ipv4 ? 9 : 6] & 0xFF;
        }

        int port(int offset) {
            final int at = transport() + offset;
            return (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
        }

        IpAddress from() {
            return IpAddress.ofBytes(ipv4 ? Arrays.copyOfRange(bytes, 12, 16) : Arrays.copyOfRange(bytes, 8, 24));
        }

        IpAddress to() {
            return IpAddress.ofBytes(ipv4 ? Arrays.copyOfRange(bytes, 16, 20) : Arrays.copyOfRange(bytes, 24, 40));
        }
    }
}
