package io.pointsman.nat;

import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.nat.counters.CounterLayout;
import io.pointsman.nat.reference.ModelPacket;
import io.pointsman.nat.reference.Observed;
import io.pointsman.nat.reference.Outcome;
import io.pointsman.nat.reference.PacketRenderer;
import io.pointsman.nat.reference.ReferenceModel;
import io.pointsman.nat.reference.Step;
import io.pointsman.nat.reference.Transport;
import io.pointsman.nat.reference.Tuple;
import io.pointsman.nat.reference.World;
import io.pointsman.packet.ChecksumVerifier;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.FlowRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Plays a history through an engine, as bytes, and through the reference model, and compares after every step: verdict,
 * translation, every byte of the packet, every checksum, and in the end the flows.
 */
final class HistoryRunner implements AutoCloseable {
    /** Capacity of the engine: ample, or so small that it runs out all the time. */
    private record Room(int capacity, PortRange snatPorts, PortRange reserved) {
        private static final Room PLENTY =
                new Room(2_048, new PortRange(50_000, 50_015), new PortRange(50_003, 50_004));
        private static final Room FEW_FLOWS = new Room(4, new PortRange(50_000, 50_015), new PortRange(50_003, 50_004));
        private static final Room FEW_PORTS =
                new Room(2_048, new PortRange(50_000, 50_002), new PortRange(50_001, 50_001));
        private static final Room BARELY_ANY = new Room(7, new PortRange(50_000, 50_000), new PortRange(1, 1));
        private static final List<Room> ALL = List.of(PLENTY, FEW_FLOWS, FEW_PORTS, BARELY_ANY);

        static Room of(long seed) {
            return ALL.get((int) Math.floorMod(seed, (long) ALL.size()));
        }

        Set<Integer> ports() {
            return IntStream.rangeClosed(snatPorts.first(), snatPorts.last())
                    .filter(port -> !reserved.contains(port))
                    .boxed()
                    .collect(Collectors.toUnmodifiableSet());
        }
    }

    private static final int ROOM = 2048;
    private static final long MILLISECOND = 1_000_000L;

    private final World world;
    private final NatEngine engine;
    private final NatWorker worker;
    private final ReferenceModel model;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory = arena.allocate(ROOM, 64);
    private final Map<Tuple, Tuple> translated = new HashMap<>(); // last seen, by original
    private final boolean isTight;
    private final @Nullable PacketBatch batch; // null: one by one
    private Reason reason = Reason.NOT_OURS; // of the last packet
    private ForwardingPlan plan;
    private long now = 1_000_000_000L;

    private HistoryRunner(World world, ForwardingPlan empty, long seed) {
        this.world = world;
        plan = empty;
        final Room room = Room.of(seed);
        isTight = room.capacity() < 100;
        batch = (seed >>> 2 & 1) == 0 ? null : new PacketBatch(1);
        engine = NatEngine.create(EngineConfig.builder()
                .capacity(room.capacity())
                .hashSeed(seed)
                .set(EngineConfig.Option.FORWARDS_ECHOES, true)
                .snatPorts(room.snatPorts(), room.reserved())
                .build());
        worker = engine.newWorker();
        model = new ReferenceModel(
                empty, room.capacity(), room.ports(), engine.config().tcpLoose());
    }

    /** Result of a history. */
    record Result(Optional<String> problem, Map<Reason, Long> packets, long droppedEarly) {}

    static Result play(World world, List<Step> steps, long seed) {
        int firstPlan = 0;
        while (firstPlan < steps.size() && !(steps.get(firstPlan) instanceof Step.Install)) {
            firstPlan++;
        }
        if (firstPlan == steps.size()) {
            return new Result(Optional.empty(), Map.of(), 0);
        }
        final ForwardingPlan empty = ForwardingPlan.empty(
                ((Step.Install) steps.get(firstPlan)).plan().node());
        try (HistoryRunner runner = new HistoryRunner(world, empty, seed)) {
            for (int i = firstPlan; i < steps.size(); i++) {
                final Optional<String> problem = runner.play(steps.get(i));
                if (problem.isPresent()) {
                    return runner.result(Optional.of("step " + i + ": " + problem.get()));
                }
            }
            return runner.result(runner.compareFlows());
        }
    }

    private Result result(Optional<String> problem) {
        final Map<Reason, Long> packets = new EnumMap<>(Reason.class);
        for (Reason reason : Reason.values()) {
            packets.put(reason, engine.packets(reason));
        }
        return new Result(problem, packets, engine.total(CounterLayout.Total.FLOWS_EARLY_DROPPED));
    }

    private Optional<String> play(Step step) {
        return switch (step) {
            case Step.Wait wait -> {
                now += wait.time().toNanos();
                engine.sweep(97, now);
                yield Optional.empty();
            }
            case Step.Install install -> {
                engine.apply(install.plan(), PlanDelta.between(plan, install.plan()));
                plan = install.plan();
                model.install(plan);
                yield compareFlows();
            }
            case Step.Send send ->
                send(
                        new ModelPacket(send.original(), send.content(), send.input(), send.piece()),
                        send.original(),
                        send.shape());
            case Step.Answer answer -> {
                final Tuple sent = translated.get(answer.original());
                yield sent == null
                        ? Optional.empty()
                        : send(
                                new ModelPacket(
                                        sent.reversed(),
                                        answer.content(),
                                        world.inputOf(sent.destination()),
                                        answer.piece()),
                                answer.original(),
                                answer.shape());
            }
            case Step.Report report -> report(report);
        };
    }

    private Optional<String> report(Step.Report report) {
        final Tuple sent = translated.get(report.original());
        if (sent == null) {
            return Optional.empty();
        }
        // The packet as it was lost: a request after its translation, a reply after its translation back.
        final Tuple quoted = report.aboutOriginal() ? sent : report.original().reversed();
        final IpAddress from = report.fromRouter() ? world.router() : quoted.destination();
        final Tuple outer = new Tuple(quoted.protocol(), from, 0, quoted.source(), 0);
        return send(
                new ModelPacket(
                        outer, new ModelPacket.Content.IcmpError(quoted, report.aboutOriginal()), world.inputOf(from)),
                report.original(),
                report.shape());
    }

    private Optional<String> send(ModelPacket packet, Tuple original, int shape) {
        while (model.isOnTheEdge(now)) {
            now += 50 * MILLISECOND;
        }
        now += MILLISECOND;
        if (isTight) {
            engine.sweep(Integer.MAX_VALUE, now); // so that no ended flow takes up room
        }
        final byte[] bytes = PacketRenderer.render(packet, shape);
        final long offset = (long) ROOM - bytes.length;
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, offset, bytes.length);
        final InputInterface inputInterface =
                packet.input().map(InputInterface::of).orElse(InputInterface.NONE);
        final Verdict verdict = process(offset, bytes.length, inputInterface);
        final byte[] after = memory.asSlice(offset, bytes.length).toArray(ValueLayout.JAVA_BYTE);
        final Observed observed = observed(packet, Outcome.valueOf(verdict.name()), bytes, after);
        final Optional<String> problem =
                model.check(packet, now, observed, isTight ? Optional.of(originals()) : Optional.empty());
        if (problem.isPresent()) {
            return Optional.of(packet + ": " + problem.get() + " (" + reason + ")");
        }
        final boolean hasPorts = packet.piece().map(ModelPacket.Piece::isFirst).orElse(true);
        if (packet.tuple().equals(original) && verdict == Verdict.FORWARD && hasPorts) {
            translated.put(original, observed.tuple());
        }
        return compareBytes(packet, observed, shape, bytes, after);
    }

    /** Processes a packet; in every second history, as a batch of one. */
    private Verdict process(long offset, int length, InputInterface inputInterface) {
        if (batch == null) {
            final Verdict verdict = worker.process(memory, offset, length, inputInterface, now);
            reason = worker.reason();
            return verdict;
        }
        batch.clear();
        batch.add(memory, offset, length);
        worker.process(batch, inputInterface, now);
        reason = batch.reason(0);
        return batch.verdict(0);
    }

    private static Observed observed(ModelPacket packet, Outcome outcome, byte[] before, byte[] after) {
        if (Arrays.equals(before, after)) {
            return new Observed(
                    outcome,
                    packet.tuple(),
                    packet.content() instanceof ModelPacket.Content.IcmpError error
                            ? Optional.of(error.quoted())
                            : Optional.empty());
        }
        return packet.piece().map(ModelPacket.Piece::isFirst).orElse(true)
                ? PacketReader.read(packet.tuple().protocol(), after, outcome)
                : PacketReader.readLater(packet.tuple(), after, outcome);
    }

    private Optional<String> compareBytes(
            ModelPacket packet, Observed observed, int shape, byte[] before, byte[] after) {
        final List<String> wrong = ChecksumVerifier.problems(after);
        if (!wrong.isEmpty()) {
            return Optional.of(packet + " came out with a wrong " + wrong);
        }
        final ModelPacket expected = new ModelPacket(
                observed.tuple(),
                packet.content() instanceof ModelPacket.Content.IcmpError error
                        ? new ModelPacket.Content.IcmpError(observed.quoted().orElseThrow(), error.isRequest())
                        : packet.content(),
                packet.input(),
                packet.piece());
        final byte[] wanted = observed.outcome() == Outcome.FORWARD ? PacketRenderer.render(expected, shape) : before;
        return Arrays.equals(wanted, after)
                ? Optional.empty()
                : Optional.of(packet + " differs from byte " + Arrays.mismatch(wanted, after) + " on");
    }

    /** Original tuples of all live flows, pings included, read from the tables. */
    private Set<Tuple> originals() {
        final Set<Tuple> originals = new HashSet<>();
        for (FlowTable table : List.of(engine.tables().ipv4, engine.tables().ipv6)) {
            final FlowKey key = new FlowKey();
            key.isIpv6 = table == engine.tables().ipv6;
            table.forEach((slot, control) -> {
                if (table.isAlive(slot, control, now)) {
                    FlowSlot.readKey(slot, key);
                    originals.add(tuple(key));
                }
            });
        }
        return originals;
    }

    private static Tuple tuple(FlowKey key) {
        final Protocol protocol = IpProtocols.of(key.protocol);
        return new Tuple(
                protocol == null ? Transport.ECHO : Transport.of(protocol),
                address(key.isIpv6, key.sourceHighValue(), key.sourceLowValue()),
                key.sourcePort(),
                address(key.isIpv6, key.destinationHighValue(), key.destinationLowValue()),
                key.destinationPort());
    }

    private static IpAddress address(boolean isIpv6, long high, long low) {
        return isIpv6 ? IpAddress.ofIpv6(high, low) : IpAddress.ofIpv4((int) low);
    }

    private Optional<String> compareFlows() {
        if (model.isOnTheEdge(now)) {
            return Optional.empty();
        }
        final Set<Tuple> known = new HashSet<>();
        engine.flows(now).forEach(flow -> {
            known.add(tuple(flow.original()));
            known.add(tuple(flow.reply()));
        });
        final Set<Tuple> expected = model.tuples(now).stream()
                .filter(tuple -> tuple.protocol() != Transport.ECHO) // which no record can name
                .collect(Collectors.toSet());
        if (!known.equals(expected)) {
            return Optional.of("the engine's flows are " + known + ", expected " + expected);
        }
        final Set<Tuple> originals = originals();
        if (!originals.equals(model.originals(now))) {
            return Optional.of("the engine's flows began as " + originals + ", expected " + model.originals(now));
        }
        return Optional.empty();
    }

    private static Tuple tuple(FlowRecord.Tuple tuple) {
        return new Tuple(
                Transport.of(tuple.protocol()),
                tuple.source(),
                tuple.sourcePort(),
                tuple.destination(),
                tuple.destinationPort());
    }

    @Override
    public void close() {
        engine.close();
        arena.close();
    }
}
