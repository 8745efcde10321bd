package io.pointsman.bench.look;

import io.pointsman.bench.engine.EngineProvider;
import io.pointsman.bench.engine.PacketCounts;
import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.bench.kernel.Results;
import io.pointsman.bench.kernel.Scratch;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.testkit.outsiders.AgentBuild;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** Packets through an agent's engine while it is watched, and while it is not, in turn. */
final class EngineRounds {
    private static final Duration PATIENCE = Duration.ofMinutes(3); // nothing that is measured
    private static final long LOOK_MILLIS = 50;
    private static final String OPTIONS = "agent/target/jvm.options";
    private static final Map<String, String> SETTINGS =
            Map.of("dashboard", "true", "cluster-cidr", EngineProvider.CLIENTS);

    private EngineRounds() {}

    /**
     * A measurement, in millions of packets.
     *
     * @param perSecond per second of wall time
     * @param perCpuSecond per second of the sending thread's CPU time, which other load changes less
     */
    private record Sample(double perSecond, double perCpuSecond) {}

    static void run(Path build, int services, int rounds, int seconds, int warmSeconds, Results results)
            throws IOException, InterruptedException {
        try (Scratch scratch = Scratch.make();
                Namespaces namespaces = new Namespaces()) {
            final Path own = scratch.folder().resolve("engine");
            final Path manifest = Files.writeString(
                    scratch.folder().resolve("services.yaml"), WatchedAgent.manifest(services, EngineProvider::vip));
            final NetworkNamespace node = namespaces.make("look-engine");
            final Process agent = WatchedAgent.launch(
                    AgentBuild.ofClassPath(build.resolve(OPTIONS)), node, own, EngineProvider.NAME, SETTINGS, manifest);
            try {
                final Path records = WatchedAgent.records(own, EngineProvider.NAME);
                final PacketCounts counts = begun(agent, records, own.resolve(WatchedAgent.LOG));
                try (Viewer _ = Viewer.start(node, services, Looking.SERVICES, records)) {
                    TimeUnit.SECONDS.sleep(warmSeconds);
                }
                final Map<Looking, List<Sample>> samples = new EnumMap<>(Looking.class);
                for (int round = 0; round < rounds; round++) {
                    for (Looking looking : Looking.inRound(round)) {
                        try (Viewer viewer = Viewer.start(node, services, looking, records)) {
                            TimeUnit.SECONDS.sleep(1);
                            final Sample sample = sample(counts, seconds);
                            System.err.printf(
                                    "packets, %s: %.2f M/s, %.2f M for each second of CPU; %d answers, %d bytes%n",
                                    looking.text(),
                                    sample.perSecond(),
                                    sample.perCpuSecond(),
                                    viewer.answers(),
                                    viewer.bytes());
                            samples.computeIfAbsent(looking, _ -> new ArrayList<>())
                                    .add(sample);
                        }
                        LookBenchmark.settle(looking);
                    }
                }
                put(samples, services, results);
            } finally {
                agent.destroyForcibly();
                agent.onExit().join();
            }
        }
    }

    /** Once packets flow. */
    private static PacketCounts begun(Process agent, Path records, Path log) throws IOException, InterruptedException {
        final long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        while (agent.isAlive() && System.nanoTime() - deadlineNanos < 0) {
            if (Files.exists(records.resolve(PacketCounts.FILE))) {
                final PacketCounts counts = PacketCounts.of(records);
                if (counts.packets() > 0) {
                    return counts;
                }
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        throw new IOException("no packet flows; the agent said:\n" + Files.readString(log));
    }

    private static Sample sample(PacketCounts counts, int seconds) throws InterruptedException {
        final long nanosBefore = System.nanoTime();
        final long packetsBefore = counts.packets();
        final long cpuBefore = counts.cpuNanos();
        TimeUnit.SECONDS.sleep(seconds);
        final double packets = counts.packets() - packetsBefore;
        return new Sample(
                packets * 1e3 / (System.nanoTime() - nanosBefore), packets * 1e3 / (counts.cpuNanos() - cpuBefore));
    }

    private static void put(Map<Looking, List<Sample>> samples, int services, Results results) {
        final List<Sample> alone = samples.getOrDefault(Looking.UNWATCHED, List.of());
        samples.forEach((looking, list) -> {
            results.put(looking.text() + ", M packets/s", services, values(list, Sample::perSecond));
            results.put(looking.text() + ", M packets/s of CPU", services, values(list, Sample::perCpuSecond));
            if (looking != Looking.UNWATCHED) {
                results.put(
                        looking.text() + " / unwatched, rate",
                        services,
                        LookBenchmark.ratios(list, alone, Sample::perSecond));
                results.put(
                        looking.text() + " / unwatched, of CPU",
                        services,
                        LookBenchmark.ratios(list, alone, Sample::perCpuSecond));
            }
        });
    }

    private static List<Double> values(List<Sample> samples, ToDoubleFunction<Sample> value) {
        return samples.stream().mapToDouble(value).boxed().toList();
    }
}
