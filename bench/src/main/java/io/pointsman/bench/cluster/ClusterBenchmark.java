package io.pointsman.bench.cluster;

import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.bench.kernel.Results;
import io.pointsman.bench.kernel.Scratch;
import io.pointsman.bench.kernel.ThisBuild;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.testkit.outsiders.AgentBuild;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Benchmark of an agent whose Services come from an API server. */
@Command(
        name = "pointsman bench cluster",
        mixinStandardHelpOptions = true,
        description = {
            "Measures, as root and in network namespaces of its own, agents on a cluster of 10,000 Services with 5 endpoints",
            "each, served over HTTP: from the start of the process to rules in force, resident memory, processor time",
            "while nothing happens, beside agents that read the same objects from a file; and the processor time that one",
            "slice's change takes on its way to the backend, with 1,000, 10,000 and 40,000 Services."
        })
public final class ClusterBenchmark implements Callable<Integer> {
    private static final int MANY = 10_000;
    private static final int ENDPOINTS = 5;
    private static final int WARM_UP_CHANGES = 2000;
    private static final int CHANGES_PER_BATCH = 500; // processor time is counted in ticks of 10 ms
    private static final int STRIDE = 7919; // a prime, so that successive changes hit different Services

    @Mixin
    private final ThisBuild build = new ThisBuild();

    @Option(
            names = "--flavour",
            paramLabel = "NAME",
            defaultValue = "nft,legacy",
            split = ",",
            description = "nft, legacy or both (default: ${DEFAULT-VALUE}).")
    private List<String> flavours = List.of();

    @Option(
            names = "--services",
            split = ",",
            defaultValue = "1000,10000,40000",
            description = "With so many Services one slice's change is measured (default: ${DEFAULT-VALUE}).")
    private List<Integer> sizes = List.of();

    @Option(names = "--runs", description = "Fresh agents for each source and flavour (default: ${DEFAULT-VALUE}).")
    private int runs = 5;

    @Option(names = "--batches", description = "Of 500 changes each (default: ${DEFAULT-VALUE}).")
    private int batches = 11;

    @Option(
            names = "--idle-seconds",
            description = "How long nothing happens, with the last of the fresh agents (default: ${DEFAULT-VALUE}).")
    private long idleSeconds = 60;

    @Mixin
    private final Results results = new Results(Path.of("cluster.json"));

    private ClusterBenchmark() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new ClusterBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        final AgentBuild agent = build.agent();
        try (Scratch scratch = Scratch.make();
                Namespaces namespaces = new Namespaces()) {
            final NetworkNamespace outside = namespaces.make("cluster-api");
            Namespaces.run(outside, "", "ip", "addr", "add", Network.SERVER_ADDRESS + "/32", "dev", "lo");
            try (Child server = server(outside, MANY, scratch.folder())) {
                for (String flavour : flavours) {
                    starts(agent, server, flavour, outside, scratch.folder());
                }
            }
            for (int services : sizes) {
                try (Child server = server(outside, services, scratch.folder())) {
                    changes(agent, server, services, outside, scratch.folder());
                }
            }
        }
        results.print("cluster", System.out);
        return 0;
    }

    private static Child server(NetworkNamespace outside, int services, Path folder) throws IOException {
        final Child server = Child.start(
                outside,
                java(
                        System.getProperty("java.class.path"),
                        ServerMain.class,
                        Network.SERVER_ADDRESS,
                        Integer.toString(services),
                        Integer.toString(ENDPOINTS),
                        folder.toString()),
                folder.resolve("server.log"));
        final String _ = server.line(); // ready
        return server;
    }

    private static List<String> java(String classPath, Class<?> main, String... arguments) {
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", // like the agent
                "--enable-native-access=ALL-UNNAMED",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                classPath,
                main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * Starts a new agent for each source in turn. The first one of each source only warms up the server and is not
     * counted.
     */
    private void starts(AgentBuild agent, Child server, String flavour, NetworkNamespace outside, Path folder)
            throws IOException, InterruptedException {
        final Map<Source, List<Trial>> trials = new EnumMap<>(Source.class);
        for (int run = -1; run < runs; run++) {
            for (Source source : Source.values()) {
                server.tell("watchlists " + (source == Source.WATCH_LIST));
                final Trial trial =
                        Trial.run(agent, source, flavour, outside, folder, run == runs - 1 ? idleSeconds : 0);
                System.err.println(flavour + ", " + source.text + ": " + trial);
                if (run >= 0) {
                    trials.computeIfAbsent(source, _ -> new ArrayList<>()).add(trial);
                }
            }
        }
        final List<Trial> ofFiles = trials.getOrDefault(Source.FILE, List.of());
        trials.forEach((source, list) -> {
            final String name = flavour + ", " + source.text + ": ";
            put(name + "start, ms", list, Trial::startMillis);
            if (source != Source.FILE) {
                put(name + "start / file", times(list, ofFiles));
            }
            put(name + "start, processor time, s", list, Trial::startCpuSeconds);
            put(name + "resident, MiB", list, Trial::residentMebibytes);
            put(name + "peak, MiB", list, Trial::peakMebibytes);
            put(name + "idle, %", list, Trial::idlePercent);
            put(name + "idle, programs, %", list, Trial::idleProgramsPercent);
        });
    }

    private void put(String what, List<Trial> trials, ToDoubleFunction<Trial> value) {
        put(
                what,
                trials.stream()
                        .mapToDouble(value)
                        .filter(Double::isFinite)
                        .boxed()
                        .toList());
    }

    private void put(String what, List<Double> measured) {
        if (!measured.isEmpty()) {
            results.put(what, MANY, measured);
        }
    }

    /** Returns the ratios of start times, run by run. */
    private static List<Double> times(List<Trial> trials, List<Trial> others) {
        final List<Double> times = new ArrayList<>();
        for (int i = 0; i < trials.size(); i++) {
            times.add(trials.get(i).startMillis() / others.get(i).startMillis());
        }
        return times;
    }

    /**
     * Changes one slice at a time, each once the previous change has reached the backend. Records the mean of each batch.
     */
    private void changes(AgentBuild agent, Child server, int services, NetworkNamespace outside, Path folder)
            throws IOException {
        try (Network network = new Network(outside);
                Child told = Child.start(
                        network.node(),
                        java(
                                System.getProperty("java.class.path") + ":" + agent.classPath(),
                                EventMain.class,
                                folder.resolve("kubeconfig").toString(),
                                Files.createTempDirectory(folder, "state").toString()),
                        folder.resolve("agent.log"))) {
            long beforeNanos = Long.parseLong(told.line()); // all objects are loaded
            final List<Double> micros = new ArrayList<>();
            final int all = WARM_UP_CHANGES + batches * CHANGES_PER_BATCH;
            for (int i = 1; i <= all; i++) {
                server.tell("change " + i * (long) STRIDE % services + " " + i);
                final long nowNanos = Long.parseLong(told.line());
                if (i == WARM_UP_CHANGES) {
                    beforeNanos = nowNanos;
                } else if (i > WARM_UP_CHANGES && i % CHANGES_PER_BATCH == 0) {
                    micros.add((nowNanos - beforeNanos) / 1e3 / CHANGES_PER_BATCH);
                    beforeNanos = nowNanos;
                }
            }
            results.put("one slice to the backend, us", services, micros);
        }
    }
}
