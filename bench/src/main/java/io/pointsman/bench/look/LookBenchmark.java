package io.pointsman.bench.look;

import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.bench.kernel.Results;
import io.pointsman.bench.kernel.Scratch;
import io.pointsman.bench.kernel.Services;
import io.pointsman.testkit.outsiders.AgentBuild;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Benchmark of what looking at an agent costs it and its clients. */
@Command(
        name = "pointsman bench look",
        mixinStandardHelpOptions = true,
        description = {
            "Measures, as root and in network namespaces of its own, what watching an agent costs it: its",
            "processor time while nothing else happens, and short connections through it beside an agent without page, metrics",
            "and audit, in turn: with all of them configured, with the page open, and while connections are followed. Then the",
            "making of a page of metrics with all figures of so many service ports."
        })
public final class LookBenchmark implements Callable<Integer> {
    private static final String THIS = "";
    private static final String OTHER = "other ";
    private static final Map<String, String> CLUSTER = Map.of("cluster-cidr", "10.244.0.0/14");
    private static final long LINGERING_SECONDS = 7;

    @Option(
            names = "--build",
            paramLabel = "FOLDER",
            required = true,
            description = "The clone whose agent is measured; the launcher names its own.")
    private Path build = Path.of("");

    @Option(
            names = "--against",
            paramLabel = "FOLDER",
            description = "Another clone, in which ./pointsman build was run: measured in turn with this one.")
    private @Nullable Path against;

    @Option(
            names = "--mode",
            paramLabel = "NAME",
            defaultValue = "userspace",
            description =
                    "userspace, nftables, iptables, or engine: packets through the engine alone instead of connections"
                            + " (default: ${DEFAULT-VALUE}).")
    private String mode = "";

    @Option(names = "--services", description = "So many Services (default: ${DEFAULT-VALUE}).")
    private int services = 10_000;

    @Option(names = "--threads", description = "Clients at a time (default: ${DEFAULT-VALUE}).")
    private int threads = 2;

    @Option(
            names = "--starts",
            description =
                    "How often the agents are started: two processes of one build differ by a few percent (default:"
                            + " ${DEFAULT-VALUE}).")
    private int starts = 2;

    @Option(
            names = "--rounds",
            description = "Rounds with each start; a round has each kind of looking once (default: ${DEFAULT-VALUE}).")
    private int rounds = 10;

    @Option(names = "--seconds", description = "Of connections, each time (default: ${DEFAULT-VALUE}).")
    private int seconds = 4;

    @Option(
            names = "--idle-seconds",
            description = "How long nothing but the looking happens, each time; 0 not to measure it (default:"
                    + " ${DEFAULT-VALUE}).")
    private int idleSeconds = 20;

    @Option(names = "--warm-seconds", description = "Of connections before all that (default: ${DEFAULT-VALUE}).")
    private int warmSeconds = 20;

    @Mixin
    private final Results results = new Results(Path.of("look.json"));

    private LookBenchmark() {}

    /**
     * A measurement.
     *
     * @param perSecond connections per second
     * @param cpuMicros the agent's processor time for each connection
     */
    private record Sample(double perSecond, double cpuMicros) {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new LookBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (mode.equals("engine")) {
            EngineRounds.run(build, services, starts * rounds, seconds, warmSeconds, results);
        } else {
            measureConnections();
        }
        results.print("look, " + mode, System.out);
        return 0;
    }

    private void measureConnections() throws IOException, InterruptedException {
        final Map<String, AgentBuild> builds = new LinkedHashMap<>();
        if (against != null) {
            builds.put(OTHER, AgentBuild.of(against));
        }
        builds.put(THIS, AgentBuild.of(build));
        try (Scratch scratch = Scratch.make();
                Namespaces namespaces = new Namespaces()) {
            final Path manifest = Files.writeString(
                    scratch.folder().resolve("services.yaml"), WatchedAgent.manifest(services, Services::vip));
            for (Map.Entry<String, AgentBuild> of : builds.entrySet()) {
                measure(of.getKey(), of.getValue(), namespaces, scratch.folder(), manifest);
            }
        }
        final Scrapes scrapes = Scrapes.run(services, Math.max(1, rounds / 2));
        results.put("page of metrics, ms of CPU", services, scrapes.values(Scrapes.Scrape::millis));
        results.put("page of metrics, MiB", services, scrapes.values(Scrapes.Scrape::mebibytes));
        results.put("allocated for it / its size", services, scrapes.values(Scrapes.Scrape::allocatedPerByte));
    }

    private void measure(String prefix, AgentBuild agent, Namespaces namespaces, Path folder, Path manifest)
            throws IOException, InterruptedException {
        final String name = prefix.strip();
        final Map<Looking, List<Sample>> samples = new EnumMap<>(Looking.class);
        for (int start = 0; start < starts; start++) {
            try (WatchedAgent bare = WatchedAgent.start(
                            agent, name + "bare" + start, mode, CLUSTER, namespaces, folder, manifest, services);
                    WatchedAgent looked = WatchedAgent.start(
                            agent,
                            name + "looked" + start,
                            mode,
                            configured(),
                            namespaces,
                            folder,
                            manifest,
                            services)) {
                final double _ = bare.traffic().perSecond(threads, warmSeconds);
                try (Viewer _ = looked.viewer(Looking.SERVICES)) {
                    final double _ = looked.traffic().perSecond(threads, warmSeconds);
                }
                if (start == 0) {
                    idle(prefix, bare, looked);
                }
                connections(prefix, bare, looked, samples);
            }
        }
        put(prefix, samples);
    }

    private Map<String, String> configured() {
        final Map<String, String> settings = new LinkedHashMap<>(CLUSTER);
        settings.put("dashboard", "true");
        if (!mode.equals("userspace")) { // where the engine itself decides there is nothing to audit
            settings.put("audit-connections", "count");
        }
        return settings;
    }

    private void idle(String prefix, WatchedAgent bare, WatchedAgent looked) throws IOException, InterruptedException {
        if (idleSeconds == 0) {
            return;
        }
        final Map<Looking, List<Double>> percents = new EnumMap<>(Looking.class);
        for (int round = 0; round < Math.max(1, rounds / 3); round++) {
            for (Looking looking : Looking.values()) {
                final WatchedAgent agent = looking.isConfigured() ? looked : bare;
                try (Viewer viewer = agent.viewer(looking)) {
                    TimeUnit.SECONDS.sleep(1);
                    final double before = agent.cpuSeconds();
                    TimeUnit.SECONDS.sleep(idleSeconds);
                    final double percent = 100 * (agent.cpuSeconds() - before) / idleSeconds;
                    System.err.printf(
                            "%sidle, %s: %.2f %% of a core; %d answers, %d bytes%n",
                            prefix, looking.text(), percent, viewer.answers(), viewer.bytes());
                    percents.computeIfAbsent(looking, _ -> new ArrayList<>()).add(percent);
                }
                settle(looking);
            }
        }
        percents.forEach(
                (looking, list) -> results.put(prefix + looking.text() + ", idle, % of a core", services, list));
    }

    private void connections(String prefix, WatchedAgent bare, WatchedAgent looked, Map<Looking, List<Sample>> samples)
            throws IOException, InterruptedException {
        for (int round = 0; round < rounds; round++) {
            for (Looking looking : Looking.inRound(round)) {
                final WatchedAgent agent = looking.isConfigured() ? looked : bare;
                try (Viewer viewer = agent.viewer(looking)) {
                    final double before = agent.cpuSeconds();
                    final double rate = agent.traffic().perSecond(threads, seconds);
                    final Sample sample = new Sample(rate, (agent.cpuSeconds() - before) * 1e6 / (rate * seconds));
                    System.err.printf(
                            "%sconnections, %s: %.0f/s, %.1f us; %d answers, %d bytes%n",
                            prefix,
                            looking.text(),
                            sample.perSecond(),
                            sample.cpuMicros(),
                            viewer.answers(),
                            viewer.bytes());
                    samples.computeIfAbsent(looking, _ -> new ArrayList<>()).add(sample);
                }
                settle(looking);
            }
        }
    }

    private void put(String prefix, Map<Looking, List<Sample>> samples) {
        final List<Sample> alone = samples.getOrDefault(Looking.UNWATCHED, List.of());
        samples.forEach((looking, list) -> {
            put(prefix + looking.text() + ", connections/s", list, Sample::perSecond);
            put(prefix + looking.text() + ", agent's CPU, us each", list, Sample::cpuMicros);
            if (looking.isConfigured()) {
                results.put(
                        prefix + looking.text() + " / unwatched, rate",
                        services,
                        ratios(list, alone, Sample::perSecond));
                results.put(
                        prefix + looking.text() + " / unwatched, CPU",
                        services,
                        ratios(list, alone, Sample::cpuMicros));
            }
        });
    }

    /** Waits until the agent has stopped watching for the page: until then userspace mode refuses a follower. */
    static void settle(Looking looking) throws InterruptedException {
        if (looking.isOfConnections()) {
            TimeUnit.SECONDS.sleep(LINGERING_SECONDS);
        }
    }

    private void put(String what, List<Sample> samples, ToDoubleFunction<Sample> value) {
        results.put(what, services, samples.stream().mapToDouble(value).boxed().toList());
    }

    /** Round by round. */
    static <T> List<Double> ratios(List<T> of, List<T> to, ToDoubleFunction<T> value) {
        final List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < of.size(); i++) {
            ratios.add(value.applyAsDouble(of.get(i)) / value.applyAsDouble(to.get(i)));
        }
        return ratios;
    }
}
