package io.pointsman.bench.iptables;

import io.pointsman.bench.kernel.ConnectRounds;
import io.pointsman.bench.kernel.FreshJvm;
import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.bench.kernel.Node;
import io.pointsman.bench.kernel.Results;
import io.pointsman.bench.kernel.Scratch;
import io.pointsman.bench.kernel.Services;
import io.pointsman.bench.kernel.Spread;
import io.pointsman.bench.kernel.Sync;
import io.pointsman.bench.kernel.ThisBuild;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Benchmark of the iptables backend, in network namespaces that it creates and removes. */
@Command(
        name = "pointsman bench iptables",
        mixinStandardHelpOptions = true,
        description = {
            "Measures, as root and in network namespaces of its own: how long services take from objects to rules in force",
            "in a fresh process, one endpoint's change after that, and how long a connection takes to be set up."
        })
public final class IptablesBenchmark implements Callable<Integer> {
    private static final int FEW = 10;
    private static final int MANY = 10_000;
    private static final int ENDPOINTS = 5;
    private static final List<Integer> SIZES = List.of(1000, MANY);

    @Mixin
    private final ThisBuild build = new ThisBuild();

    @Option(
            names = "--flavour",
            paramLabel = "NAME",
            defaultValue = "nft,legacy",
            split = ",",
            description = "nft, legacy or both (default: ${DEFAULT-VALUE}).")
    private List<String> flavours = List.of();

    @Option(names = "--runs", description = "Fresh processes for each size (default: ${DEFAULT-VALUE}).")
    private int runs = 3;

    @Option(names = "--changes", description = "Endpoint changes in each (default: ${DEFAULT-VALUE}).")
    private int changes = 20;

    @Option(
            names = "--rounds",
            description = "Rounds of " + ConnectRounds.CONNECTIONS + " connections (default: ${DEFAULT-VALUE}).")
    private int rounds = 31;

    @Mixin
    private final Results results = new Results(Path.of("iptables.json"));

    private IptablesBenchmark() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new IptablesBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws IOException, BackendException {
        for (String flavour : flavours) {
            for (int services : SIZES) {
                sync(flavour, services);
            }
            latency(flavour);
        }
        results.print("iptables", System.out);
        return 0;
    }

    private void sync(String flavour, int services) throws IOException {
        final Map<String, List<Double>> values = new LinkedHashMap<>();
        for (int run = 0; run < runs; run++) {
            try (Scratch scratch = Scratch.make();
                    Namespaces namespaces = new Namespaces()) {
                syncOnce(namespaces.make("sync"), flavour, services, scratch.folder(), values);
            }
        }
        values.forEach((name, list) -> put(flavour, name, services, Spread.of(list)));
    }

    private void syncOnce(
            NetworkNamespace namespace, String flavour, int services, Path state, Map<String, List<Double>> values)
            throws IOException {
        FreshJvm.run(
                build.agent(),
                IptablesMain.class,
                List.of(
                        namespace.name(),
                        flavour,
                        Integer.toString(services),
                        Integer.toString(ENDPOINTS),
                        Integer.toString(changes),
                        state.toString()),
                values);
    }

    private void latency(String flavour) throws IOException, BackendException {
        try (Scratch scratch = Scratch.make();
                Namespaces namespaces = new Namespaces();
                Node few = new Node("few", namespaces);
                Node many = new Node("many", namespaces);
                Node flat = new Node("flat", namespaces)) {
            load(few, flavour, FEW, scratch.folder());
            load(many, flavour, MANY, scratch.folder());
            Namespaces.run(
                    flat.namespace(), FlatList.rules(MANY, Node.ENDPOINTS), "iptables-" + flavour + "-restore", "-n");
            ConnectRounds.run(
                    rounds,
                    List.of(
                            new ConnectRounds.Target(few, FEW),
                            new ConnectRounds.Target(many, MANY),
                            new ConnectRounds.Target(flat, MANY)));
            put(flavour, "connect", FEW, few.times());
            put(flavour, "connect", MANY, many.times());
            put(flavour, "connect-flat", MANY, flat.times());
            put(flavour, "connect / of " + FEW, MANY, many.timesLongerThan(few));
            put(flavour, "connect-flat / of " + FEW, MANY, flat.timesLongerThan(few));
        }
    }

    private static void load(Node node, String flavour, int services, Path state) throws BackendException {
        try (Sync sync = IptablesMain.open(node.namespace().name(), flavour, state.resolve(node.name()))) {
            final var _ = sync.step(Services.allBehind(services, Node.ENDPOINTS));
        }
    }

    private void put(String flavour, String name, int services, Spread spread) {
        final String unit = name.equals("memory") ? ", MiB" : name.startsWith("connect") ? ", us" : ", ms";
        results.put(flavour + " " + name + (name.contains(" / ") ? "" : unit), services, spread);
    }
}
