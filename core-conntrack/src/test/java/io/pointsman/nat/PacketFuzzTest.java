package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpFamily;
import io.pointsman.nat.reference.HistoryGenerator;
import io.pointsman.nat.reference.ModelPacket;
import io.pointsman.nat.reference.PacketRenderer;
import io.pointsman.nat.reference.PlanGenerator;
import io.pointsman.nat.reference.Step;
import io.pointsman.nat.reference.Tuple;
import io.pointsman.nat.reference.World;
import io.pointsman.packet.ChecksumVerifier;
import io.pointsman.packet.GuardedMemory;
import io.pointsman.packet.PacketBuilder;
import io.pointsman.packet.PacketMutator;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Damaged packets, between pages that may not be touched, while plans change and the clock jumps both ways. No exception, no
 * access outside, no change to a packet that is not forwarded, no wrong checksum in one that was right, and tables in order
 * after. {@code -Dpointsman.fuzz.packets=} runs more.
 */
class PacketFuzzTest {
    private static final long SEED = Long.getLong("pointsman.seed", 20_261_123L);
    private static final long PACKETS = Long.getLong("pointsman.fuzz.packets", 300_000L);
    private static final int BATCH = 32;
    private static final int ROOM = 4096;
    private static final InputInterface[] INGRESSES = {
        InputInterface.NONE, InputInterface.of(World.POD_INTERFACE), InputInterface.of(World.UPLINK)
    };

    private final Random random = new Random(SEED);

    @Test
    void shouldKeepItsBoundsAndTablesWhenPacketsAreDamaged() {
        final World world = new World(IpFamily.IPV4);
        final World wide = new World(IpFamily.IPV6);
        final PlanGenerator plans = new PlanGenerator(world, random);
        final PlanGenerator widePlans = new PlanGenerator(wide, random);
        final PacketMutator mutator = new PacketMutator(random, seeds(world, wide));
        final GuardedMemory memory = new GuardedMemory(ROOM);
        final EngineConfig config =
                EngineConfig.builder().capacity(500).hashSeed(SEED).build();
        try (NatEngine engine = NatEngine.create(config)) {
            final NatWorker worker = engine.newWorker();
            ForwardingPlan plan = ForwardingPlan.empty(plans.next().node());
            long now = 0;
            for (long i = 0; i < PACKETS; i++) {
                if (i % 20_000 == 0) {
                    final ForwardingPlan next = Plans.joined(i + 1, plans.next(), widePlans.next());
                    engine.apply(next, PlanDelta.between(plan, next));
                    plan = next;
                    assertThat(EngineInvariants.problems(engine)).isEmpty();
                }
                now += random.nextInt(1000) == 0 ? random.nextLong(-10_000_000_000L, 200_000_000_000L) : 100_000;
                final byte[] packet = mutator.next();
                check(worker, memory, packet, (i & 1) == 0, now);
                if (random.nextInt(64) == 0) {
                    engine.sweep(50, now);
                }
            }
            assertThat(engine.packets(Reason.NEW_FLOW)).isGreaterThan(PACKETS / 1000);
            assertThat(engine.packets(Reason.ESTABLISHED)).isGreaterThan(PACKETS / 1000);
            assertThat(engine.packets(Reason.RELATED)).isGreaterThan(PACKETS / 10_000);
            assertThat(Arrays.stream(Reason.values()).mapToLong(engine::packets).sum())
                    .isEqualTo(PACKETS);
            assertThat(EngineInvariants.problems(engine)).isEmpty();
        }
    }

    private void check(NatWorker worker, GuardedMemory memory, byte[] packet, boolean atEnd, long now) {
        final long offset = memory.place(packet, atEnd);
        if (random.nextInt(4) == 0) {
            worker.announce(memory.bytes().address() + offset, packet.length);
        }
        final Verdict verdict =
                worker.process(memory.bytes(), offset, packet.length, INGRESSES[random.nextInt(INGRESSES.length)], now);
        final byte[] after = memory.bytes().asSlice(offset, packet.length).toArray(ValueLayout.JAVA_BYTE);
        if (verdict != Verdict.FORWARD && !Arrays.equals(packet, after)) {
            throw new AssertionError(verdict + " changed " + HexFormat.of().formatHex(packet));
        }
        if (verdict == Verdict.FORWARD && !ChecksumVerifier.problems(after).equals(ChecksumVerifier.problems(packet))) {
            throw new AssertionError("seed " + SEED + ": " + worker.reason() + " made "
                    + ChecksumVerifier.problems(after) + " of " + ChecksumVerifier.problems(packet) + " in "
                    + HexFormat.of().formatHex(packet) + "\n now "
                    + HexFormat.of().formatHex(after));
        }
        if (worker.answerLength() > 0) {
            final byte[] answer = worker.answer().toArray(ValueLayout.JAVA_BYTE);
            final List<String> problems = new ArrayList<>(ChecksumVerifier.problems(answer));
            problems.removeIf(problem -> problem.startsWith("quoted")); // as the sender sent it
            assertThat(problems).as(HexFormat.of().formatHex(packet)).isEmpty();
        }
    }

    @Test
    void shouldDecideAlikeWhenPacketsComeInBatches() {
        final World world = new World(IpFamily.IPV4);
        final World wide = new World(IpFamily.IPV6);
        final ForwardingPlan plan =
                Plans.joined(1, new PlanGenerator(world, random).next(), new PlanGenerator(wide, random).next());
        final PacketMutator mutator = new PacketMutator(random, seeds(world, wide));
        final MemorySegment single = new GuardedMemory(BATCH * ROOM).bytes();
        final MemorySegment many = new GuardedMemory(BATCH * ROOM).bytes();
        final EngineConfig config =
                EngineConfig.builder().capacity(500).hashSeed(SEED).build();
        try (NatEngine one = NatEngine.create(config);
                NatEngine other = NatEngine.create(config)) {
            one.apply(plan, PlanDelta.between(ForwardingPlan.empty(plan.node()), plan));
            other.apply(plan, PlanDelta.between(ForwardingPlan.empty(plan.node()), plan));
            final NatWorker worker = one.newWorker();
            final NatWorker batchWorker = other.newWorker();
            final PacketBatch batch = new PacketBatch(BATCH);
            long now = 0;
            for (long round = 0; round < PACKETS / BATCH / 4; round++) {
                now += random.nextLong(5_000_000_000L);
                batch.clear();
                final List<Verdict> verdicts = new ArrayList<>();
                final List<byte[]> answers = new ArrayList<>();
                for (int i = 0; i < BATCH; i++) {
                    final byte[] packet = mutator.next();
                    final long offset = (long) (i + 1) * ROOM - packet.length;
                    MemorySegment.copy(packet, 0, single, ValueLayout.JAVA_BYTE, offset, packet.length);
                    MemorySegment.copy(packet, 0, many, ValueLayout.JAVA_BYTE, offset, packet.length);
                    batch.add(many, offset, packet.length);
                    verdicts.add(worker.process(single, offset, packet.length, InputInterface.NONE, now));
                    answers.add(worker.answer().toArray(ValueLayout.JAVA_BYTE));
                }
                batchWorker.process(batch, InputInterface.NONE, now);
                for (int i = 0; i < BATCH; i++) {
                    assertThat(batch.verdict(i)).isEqualTo(verdicts.get(i));
                    assertThat(batch.answer(i).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(answers.get(i));
                }
                assertThat(many.mismatch(single)).isEqualTo(-1);
            }
            assertThat(EngineInvariants.problems(other)).isEmpty();
        }
    }

    /** Packets of random histories: most of them go together, as flows and errors about flows. */
    private static List<byte[]> seeds(World... worlds) {
        final List<byte[]> seeds = new ArrayList<>();
        for (World world : worlds) {
            for (Step step : HistoryGenerator.generate(world, SEED, 500)) {
                if (step instanceof Step.Send send) {
                    addSeeds(world, send, seeds);
                }
            }
        }
        return seeds;
    }

    private static void addSeeds(World world, Step.Send send, List<byte[]> seeds) {
        final Tuple tuple = send.original();
        final byte[] packet =
                PacketRenderer.render(new ModelPacket(tuple, send.content(), send.input()), send.shape() & ~3);
        seeds.add(packet);
        final Tuple answer = tuple.reversed();
        final Tuple outer = new Tuple(tuple.protocol(), world.router(), 0, answer.source(), 0);
        seeds.add(PacketRenderer.render(
                new ModelPacket(outer, new ModelPacket.Content.IcmpError(answer, false), send.input()), send.shape()));
        seeds.add(PacketBuilder.ip(tuple.source(), tuple.destination())
                .udp(tuple.sourcePort(), tuple.destinationPort())
                .payload(new byte[64])
                .fragment((send.shape() & 1) * 72, (send.shape() & 1) == 0)
                .build());
    }
}
