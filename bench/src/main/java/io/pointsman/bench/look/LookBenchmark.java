package io.pointsman.bench.look;

import io.pointsman.bench.engine.EngineProvider;
import io.pointsman.bench.kernel.ComparedBuilds;
import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.bench.kernel.Results;
import io.pointsman.bench.kernel.Scratch;
import io.pointsman.bench.kernel.Services;
import io.pointsman.model.IpAddress;
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
import java.util.function.IntFunction;
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
            "processor time while nothing else happens, and short connections through it beside an agent without page and audit,",
            "in turns of a tenth of a second: while metrics are scraped, with the page open, and while connections are followed.",
            "Then the making of a page of metrics with all figures of so many service ports."
        })
public final class LookBenchmark implements Callable<Integer> {
    private static final String THIS = "";
    private static final String OTHER = "other ";
    private static final Map<String, String> CLUSTER = Map.of("cluster-cidr", "10.244.0.0/14");
    private static final Map<String, String> ENGINE = Map.of("cluster-cidr", EngineProvider.CLIENTS);

    @Mixin
    private final ComparedBuilds builds = new ComparedBuilds();

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
                    "How often both agents are started: two processes of one build differ by a few percent (default:"
                            + " ${DEFAULT-VALUE}).")
    private int starts = 4;

    @Option(
            names = "--rounds",
            description = "Rounds with each start; a round has each kind of looking once (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(
            names = "--seconds",
            description = "Of connections, each time, half of them without looking (default: ${DEFAULT-VALUE}).")
    private int seconds = 20;

    @Option(
            names = "--idle-seconds",
            description = "How long nothing but the looking happens, each time; 0 not to measure it (default:"
                    + " ${DEFAULT-VALUE}).")
    private int idleSeconds = 20;

    @Option(
            names = "--warm-seconds",
            description = "Of connections or packets before all that (default: ${DEFAULT-VALUE}).")
    private int warmSeconds = 20;

    @Mixin
    private final Results results = new Results(Path.of("look.json"));

    private LookBenchmark() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new LookBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (builds.isCompared() && mode.equals("engine")) {
            System.err.println("--against can't be combined with --mode engine; leave one of them out");
            return CommandLine.ExitCode.USAGE;
        }
        final Map<String, AgentBuild> agents = builds.agents(THIS, OTHER);
        try (Scratch scratch = Scratch.make();
                Namespaces namespaces = new Namespaces()) {
            if (mode.equals("engine")) {
                measurePackets(namespaces, scratch.folder());
            } else {
                for (Map.Entry<String, AgentBuild> of : agents.entrySet()) {
                    measureConnections(of.getKey(), of.getValue(), namespaces, scratch.folder());
                }
                measurePages();
            }
        }
        results.print("look, " + mode, System.out);
        return 0;
    }

    private void measurePackets(Namespaces namespaces, Path folder) throws IOException, InterruptedException {
        final Path manifest = manifest(folder, EngineProvider::vip);
        final Comparison comparison = new Comparison(THIS, Comparison.Unit.PACKETS);
        for (int start = 0; start < starts; start++) {
            try (EngineAgent bare = EngineAgent.start(
                            builds.folder(), "bare" + start, ENGINE, namespaces, folder, manifest, services);
                    EngineAgent looked = EngineAgent.start(
                            builds.folder(),
                            "looked" + start,
                            watched(ENGINE),
                            namespaces,
                            folder,
                            manifest,
                            services)) {
                measure(bare, looked, comparison);
            }
        }
        comparison.put(services, results);
    }

    private void measureConnections(String prefix, AgentBuild agent, Namespaces namespaces, Path folder)
            throws IOException, InterruptedException {
        final Path manifest = manifest(folder, Services::vip);
        final String name = prefix.strip();
        final Comparison comparison = new Comparison(prefix, Comparison.Unit.CONNECTIONS);
        for (int start = 0; start < starts; start++) {
            try (WatchedAgent bare = WatchedAgent.start(
                            agent,
                            name + "bare" + start,
                            mode,
                            CLUSTER,
                            namespaces,
                            folder,
                            manifest,
                            services,
                            threads);
                    WatchedAgent looked = WatchedAgent.start(
                            agent,
                            name + "looked" + start,
                            mode,
                            watched(CLUSTER),
                            namespaces,
                            folder,
                            manifest,
                            services,
                            threads)) {
                if (start == 0) {
                    idle(prefix, bare, looked);
                }
                measure(bare, looked, comparison);
            }
        }
        comparison.put(services, results);
    }

    private void measure(Contender bare, Contender looked, Comparison comparison)
            throws IOException, InterruptedException {
        try (Viewer _ = looked.viewer(Looking.SERVICES)) {
            final Turns.Pair _ = Turns.run(bare, looked, warmSeconds);
        }
        for (int round = 0; round < rounds; round++) {
            comparison.measure(bare, looked, seconds);
        }
    }

    private void measurePages() throws InterruptedException {
        final Scrapes scrapes = Scrapes.run(services, starts * rounds);
        results.put("page of metrics, ms of CPU", services, scrapes.values(Scrapes.Scrape::millis));
        results.put("page of metrics, MiB", services, scrapes.values(Scrapes.Scrape::mebibytes));
        results.put("allocated for it / its size", services, scrapes.values(Scrapes.Scrape::allocatedPerByte));
    }

    private Path manifest(Path folder, IntFunction<IpAddress> vip) throws IOException {
        return Files.writeString(folder.resolve("services.yaml"), WatchedAgent.manifest(services, vip));
    }

    private Map<String, String> watched(Map<String, String> settings) {
        final Map<String, String> all = new LinkedHashMap<>(settings);
        all.put("dashboard", "true");
        if (!mode.equals("userspace") && !mode.equals("engine")) { // where the engine itself decides there is no audit
            all.put("audit-connections", "count");
        }
        return all;
    }

    private void idle(String prefix, WatchedAgent bare, WatchedAgent looked) throws IOException, InterruptedException {
        if (idleSeconds == 0) {
            return;
        }
        final Map<Looking, List<Double>> percents = new EnumMap<>(Looking.class);
        for (int round = 0; round < rounds; round++) {
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
                Comparison.settle(looking);
            }
        }
        percents.forEach(
                (looking, list) -> results.put(prefix + looking.text() + ", idle, % of a core", services, list));
    }
}
