package io.pointsman.bench.nftables;

import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.bench.kernel.Node;
import io.pointsman.bench.kernel.Results;
import io.pointsman.bench.kernel.Scratch;
import io.pointsman.bench.kernel.Services;
import io.pointsman.bench.kernel.Sync;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The nftables backend's speed, in network namespaces that it makes and removes. */
@Command(
        name = "pointsman bench nftables",
        mixinStandardHelpOptions = true,
        description = {
            "Measures, as root and in network namespaces of its own: how long services take from objects to rules in force",
            "in a fresh process, of which the kernel alone would take how much, one endpoint's change after that, an audit",
            "with and without a reason to read all, the memory, and how long a connection takes to be set up."
        })
public final class NftablesBenchmark implements Callable<Integer> {
    private static final int FEW = 10;
    private static final int MANY = 50_000;
    private static final int MANY_IN_IPTABLES = 10_000;
    private static final int WARM_UP_ROUNDS = 3;
    private static final int CONNECTIONS = 200;
    private static final long SEED = 20_260_101;

    @Option(
            names = "--sizes",
            paramLabel = "SERVICESxENDPOINTS",
            defaultValue = "10000x5,50000x5,44000x1",
            split = ",",
            description = "How many services with how many endpoints each (default: ${DEFAULT-VALUE}).")
    private List<String> sizes = List.of();

    @Option(names = "--runs", description = "Fresh processes for each size (default: ${DEFAULT-VALUE}).")
    private int runs = 5;

    @Option(names = "--changes", description = "Endpoint changes in each (default: ${DEFAULT-VALUE}).")
    private int changes = 50;

    @Option(
            names = "--rounds",
            description = "Rounds of " + CONNECTIONS + " connections; 0 for none (default: ${DEFAULT-VALUE}).")
    private int rounds = 31;

    @Mixin
    private final Results results = new Results(Path.of("nftables.json"));

    private NftablesBenchmark() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new NftablesBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws IOException, BackendException {
        for (String size : sizes) {
            final String[] words = size.split("x", -1);
            sync(Integer.parseInt(words[0]), words[1]);
        }
        if (rounds > 0) {
            latency();
        }
        results.print("nftables", System.out);
        return 0;
    }

    private void sync(int services, String endpoints) throws IOException {
        final Map<String, List<Double>> values = new LinkedHashMap<>();
        for (int run = 0; run < runs; run++) {
            try (Scratch scratch = Scratch.make();
                    Namespaces namespaces = new Namespaces()) {
                syncOnce(namespaces.make("sync"), services, endpoints, scratch.folder(), values);
            }
        }
        values.forEach((name, list) -> results.put(
                "x " + endpoints + " " + name + (name.equals("memory") ? ", MiB" : ", ms"), services, list));
    }

    private void syncOnce(
            NetworkNamespace namespace, int services, String endpoints, Path state, Map<String, List<Double>> values)
            throws IOException {
        final Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC", // as the agent, and so is the next
                        "-Xms16m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dslf4j.internal.verbosity=ERROR",
                        "-cp",
                        System.getProperty("java.class.path"),
                        NftablesMain.class.getName(),
                        namespace.name(),
                        Integer.toString(services),
                        endpoints,
                        Integer.toString(changes),
                        state.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException("the process that syncs failed: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        said.lines()
                .map(line -> line.split(" ", 2))
                .filter(words -> words.length == 2)
                .forEach(words ->
                        values.computeIfAbsent(words[0], _ -> new ArrayList<>()).add(Double.parseDouble(words[1])));
    }

    private void latency() throws IOException, BackendException {
        try (Scratch scratch = Scratch.make();
                Namespaces namespaces = new Namespaces();
                Node few = new Node("few", namespaces);
                Node many = new Node("many", namespaces);
                Node iptables = new Node("iptables", namespaces)) {
            load(few, "nftables", FEW, scratch.folder());
            load(many, "nftables", MANY, scratch.folder());
            load(iptables, "iptables", MANY_IN_IPTABLES, scratch.folder());
            final Random random = new Random(SEED);
            for (int round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
                if (round == WARM_UP_ROUNDS) {
                    Stream.of(few, many, iptables).forEach(Node::forgetRounds);
                }
                few.round(FEW, CONNECTIONS, random);
                many.round(MANY, CONNECTIONS, random);
                iptables.round(MANY_IN_IPTABLES, CONNECTIONS, random);
            }
            results.put("connect, us", FEW, few.latencyMicros());
            results.put("connect, us", MANY, many.latencyMicros());
            results.put("connect iptables, us", MANY_IN_IPTABLES, iptables.latencyMicros());
            results.put("connect / of " + FEW, MANY, many.timesLongerThan(few));
            results.put("connect iptables / of nftables " + FEW, MANY_IN_IPTABLES, iptables.timesLongerThan(few));
        }
    }

    private static void load(Node node, String backend, int services, Path state) throws BackendException {
        final var config = new BackendConfig(
                state.resolve(node.name()), Map.of("netns", node.namespace().name()));
        try (Sync sync = Sync.open(backend, config)) {
            final var _ = sync.step(Services.allBehind(services, Node.ENDPOINTS));
        }
    }
}
