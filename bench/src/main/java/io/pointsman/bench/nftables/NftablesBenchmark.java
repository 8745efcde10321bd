package io.pointsman.bench.nftables;

import io.pointsman.bench.kernel.ConnectRounds;
import io.pointsman.bench.kernel.FreshJvm;
import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.bench.kernel.Node;
import io.pointsman.bench.kernel.Results;
import io.pointsman.bench.kernel.Scratch;
import io.pointsman.bench.kernel.Services;
import io.pointsman.bench.kernel.Sync;
import io.pointsman.bench.kernel.ThisBuild;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.model.ObjectChange;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Benchmark of the nftables backend, in network namespaces that it creates and removes. */
@Command(
        name = "pointsman bench nftables",
        mixinStandardHelpOptions = true,
        description = {
            "Measures, as root and in network namespaces of its own: how long services take from objects to rules in force",
            "in a fresh process, of which the kernel alone would take how much, one endpoint's change after that, an audit",
            "with and without a reason to read all, the memory, how long a process takes that finds the rules of an earlier",
            "one, how long a connection takes to be set up, and what each packet costs by what is counted."
        })
public final class NftablesBenchmark implements Callable<Integer> {
    private static final int FEW = 10;
    private static final int MANY = 50_000;
    private static final int MANY_IN_IPTABLES = 10_000;
    private static final int WARM_UP_ROUNDS = 3;
    private static final int DATAGRAMS = 20_000;

    @Mixin
    private final ThisBuild build = new ThisBuild();

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
            description = "Rounds of " + ConnectRounds.CONNECTIONS + " connections and " + DATAGRAMS
                    + " datagrams; 0 for none (default: ${DEFAULT-VALUE}).")
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
            datagrams();
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
        FreshJvm.run(
                build.agent(),
                NftablesMain.class,
                List.of(
                        namespace.name(),
                        Integer.toString(services),
                        endpoints,
                        Integer.toString(changes),
                        state.toString()),
                values);
        FreshJvm.run(
                build.agent(),
                NftablesRestart.class,
                List.of(namespace.name(), Integer.toString(services), endpoints, state.toString()),
                values);
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
            ConnectRounds.run(
                    rounds,
                    List.of(
                            new ConnectRounds.Target(few, FEW),
                            new ConnectRounds.Target(many, MANY),
                            new ConnectRounds.Target(iptables, MANY_IN_IPTABLES)));
            results.put("connect, us", FEW, few.times());
            results.put("connect, us", MANY, many.times());
            results.put("connect iptables, us", MANY_IN_IPTABLES, iptables.times());
            results.put("connect / of " + FEW, MANY, many.timesLongerThan(few));
            results.put("connect iptables / of nftables " + FEW, MANY_IN_IPTABLES, iptables.timesLongerThan(few));
        }
    }

    /** Measures the cost of counting, and of translation itself, for each datagram of an established flow. */
    private void datagrams() throws IOException, BackendException {
        try (Scratch scratch = Scratch.make();
                Namespaces namespaces = new Namespaces();
                Node plain = new Node("plain", namespaces);
                Node none = new Node("none", namespaces);
                Node connections = new Node("connections", namespaces);
                Node packets = new Node("packets", namespaces)) {
            for (Node node : List.of(none, connections, packets)) {
                final var config = new BackendConfig(
                        scratch.folder().resolve(node.name()),
                        Map.of("netns", node.namespace().name(), "counters", node.name()));
                try (Sync sync = Sync.open("nftables", config)) {
                    final List<ObjectChange> all =
                            new ArrayList<>(Services.allBehind(MANY_IN_IPTABLES, Node.ENDPOINTS));
                    all.addAll(Services.ofDatagrams(Node.ENDPOINTS.getFirst()));
                    final var _ = sync.step(all);
                }
            }
            final InetSocketAddress vip = new InetSocketAddress(Services.DATAGRAMS.toInetAddress(), Services.PORT);
            final InetSocketAddress endpoint =
                    new InetSocketAddress(Node.ENDPOINTS.getFirst().toInetAddress(), Services.TARGET_PORT);
            for (int round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
                if (round == WARM_UP_ROUNDS) {
                    Stream.of(plain, none, connections, packets).forEach(Node::forgetRounds);
                }
                plain.stream(endpoint, DATAGRAMS);
                none.stream(vip, DATAGRAMS);
                connections.stream(vip, DATAGRAMS);
                packets.stream(vip, DATAGRAMS);
            }
            for (Node node : List.of(plain, none, connections, packets)) {
                results.put("datagram " + node.name() + ", ns", MANY_IN_IPTABLES, node.times());
                results.put("datagram " + node.name() + " / of none", MANY_IN_IPTABLES, node.timesLongerThan(none));
            }
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
