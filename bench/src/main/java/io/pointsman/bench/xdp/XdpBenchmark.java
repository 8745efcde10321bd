package io.pointsman.bench.xdp;

import com.sun.management.ThreadMXBean;
import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.bench.kernel.Results;
import io.pointsman.examples.packetagent.PacketAgent;
import io.pointsman.examples.packetagent.VirtualService;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Packets per second of the engine on AF_XDP and of the kernel's NAT, in network namespaces that it creates and removes. */
@Command(
        name = "pointsman bench xdp",
        mixinStandardHelpOptions = true,
        description = {
            "Measures, as root and in network namespaces of its own, how many 64-byte UDP datagrams a second reach a sink",
            "when a generator sends more than can be forwarded to a virtual address: by the example packet-agent on",
            "AF_XDP, by a rule of nftables and by one of iptables, in turn. The generator's core does the kernel's part of",
            "the receiving; where there is a second core, the forwarding is done on that one. Then, how much one TCP",
            "connection carries through each."
        })
public final class XdpBenchmark implements Callable<Integer> {
    private static final int MAX_FLOWS = 1 << 18;
    private static final List<String> UNITS = List.of("Mpps", "ns of core");
    private static final List<Forwarder> ALIKE = List.of(Forwarder.AF_XDP, Forwarder.NFT, Forwarder.IPTABLES);

    @Option(
            names = "--flows",
            defaultValue = "1,1000,100000",
            split = ",",
            description = "How many flows the datagrams belong to, at most 131072 (default: ${DEFAULT-VALUE}).")
    private List<Integer> flows = List.of();

    @Option(names = "--rounds", description = "Rounds for each number of flows (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(
            names = "--packets",
            description = "How many are sent each time, and before it to warm up (default: ${DEFAULT-VALUE}).")
    private int packets = 4_000_000;

    @Option(
            names = "--seconds",
            description = "How long a TCP connection is measured, and before it warms up (default: ${DEFAULT-VALUE}).")
    private int seconds = 3;

    @Option(names = "--busy", description = "The agent polls all the time.")
    private boolean pollsBusily;

    private final Map<Integer, List<Double>> heap = new HashMap<>(); // by the number of flows

    @Mixin
    private final Results results = new Results(Path.of("xdp.json"), "flows");

    private XdpBenchmark() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new XdpBenchmark()).execute(args));
    }

    /** A packet forwarder to measure. */
    private enum Forwarder {
        AF_XDP("AF_XDP"),
        NFT("nft dnat"),
        IPTABLES("iptables DNAT"),
        /** The nftables rule, on interfaces that run a program which passes everything. */
        NFT_BESIDE_PROGRAM("nft beside XDP");

        private final String words;

        Forwarder(String words) {
            this.words = words;
        }
    }

    @Override
    public Integer call() throws Exception {
        for (int count : flows) {
            compare(ALIKE, UNITS, count, forwarder -> rates(forwarder, count));
            results.put("AF_XDP, heap B for a packet", count, heap.getOrDefault(count, List.of()));
        }
        compare(List.of(Forwarder.values()), List.of("TCP Gbit/s"), 1, this::gigabits);
        results.print("xdp", System.out);
        return 0;
    }

    /** Measures one round of one forwarder; returns a figure for each unit. */
    @FunctionalInterface
    private interface Measure {
        double[] of(Forwarder forwarder) throws Exception;
    }

    /** Measures the forwarders in turn, round by round, so that other load on the machine affects all alike. */
    private void compare(List<Forwarder> forwarders, List<String> units, int count, Measure measure) throws Exception {
        final Map<Forwarder, List<double[]>> values = new EnumMap<>(Forwarder.class);
        for (int round = 0; round < rounds; round++) {
            for (Forwarder forwarder : forwarders) {
                values.computeIfAbsent(forwarder, _ -> new ArrayList<>()).add(measure.of(forwarder));
            }
        }
        for (int unit = 0; unit < units.size(); unit++) {
            final int index = unit;
            final String words = ", " + units.get(unit);
            values.forEach((forwarder, list) -> results.put(
                    forwarder.words + words,
                    count,
                    list.stream().map(each -> each[index]).toList()));
            final List<double[]> ours = values.getOrDefault(forwarders.getFirst(), List.of());
            for (Forwarder other : forwarders.subList(1, forwarders.size())) {
                final List<double[]> theirs = values.getOrDefault(other, List.of());
                results.put(
                        "AF_XDP / " + other.words + words,
                        count,
                        IntStream.range(0, rounds)
                                .mapToObj(round -> ours.get(round)[index] / theirs.get(round)[index])
                                .toList());
            }
        }
    }

    private double[] rates(Forwarder forwarder, int count) throws Exception {
        try (Namespaces namespaces = new Namespaces();
                Road road = new Road("xdp", namespaces);
                AutoCloseable _ = open(forwarder, road);
                AutoCloseable _ = receiving(forwarder, road);
                Datagrams datagrams = Datagrams.prepare(road, count)) {
            final var _ = datagrams.send(packets); // creates the flows, and lets the JIT compiler warm up
            final String thread = forwarder == Forwarder.AF_XDP ? "packet-forwarde" : "napi/" + Road.IN + "-";
            final long before = Cores.usedNanos(thread);
            final long allocated = allocatedBytes();
            final Datagrams.Outcome outcome = datagrams.send(packets);
            final long used = Cores.usedNanos(thread) - before;
            if (forwarder == Forwarder.AF_XDP) {
                heap.computeIfAbsent(count, _ -> new ArrayList<>())
                        .add((double) (allocatedBytes() - allocated) / outcome.received());
            }
            return new double[] {outcome.megaRate(), (double) used / outcome.received()};
        }
    }

    /** Returns the bytes that the agent's thread has allocated so far; 0 if there is none. */
    private static long allocatedBytes() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("packet-forwarder"))
                .mapToLong(thread -> threads.getThreadAllocatedBytes(thread.threadId()))
                .sum();
    }

    private static void nothing() {}

    private AutoCloseable open(Forwarder forwarder, Road road) throws Exception {
        return switch (forwarder) {
            case AF_XDP -> {
                final List<VirtualService> services = Stream.of("udp", "tcp")
                        .map(protocol -> VirtualService.parse(protocol + "/" + Road.VIP + ":" + Road.PORT + "="
                                + Road.ENDPOINT + ":" + Road.ENDPOINT_PORT))
                        .toList();
                yield Cores.onSecond(() -> road.node.<PacketAgent, Exception>call(() -> PacketAgent.start(
                        new PacketAgent.Settings(List.of(Road.IN, Road.OUT), services, MAX_FLOWS, pollsBusily))));
            }
            case NFT, NFT_BESIDE_PROGRAM -> {
                final String rule = "ip daddr " + Road.VIP + " %s dport " + Road.PORT + " dnat to " + Road.ENDPOINT
                        + ":" + Road.ENDPOINT_PORT + "; ";
                final String rules = rule.formatted("udp") + rule.formatted("tcp");
                final String table =
                        "table ip nat { chain pre { type nat hook prerouting priority dstnat; " + rules + "}; }";
                Namespaces.run(road.node, table, "nft", "-f", "-");
                yield forwarder == Forwarder.NFT ? XdpBenchmark::nothing : road.passFrames();
            }
            case IPTABLES -> {
                for (String protocol : List.of("udp", "tcp")) {
                    final String rule = "iptables -t nat -A PREROUTING -d " + Road.VIP + " -p " + protocol + " --dport "
                            + Road.PORT + " -j DNAT --to-destination " + Road.ENDPOINT + ":" + Road.ENDPOINT_PORT;
                    Namespaces.run(road.node, "", rule.split(" ", -1));
                }
                yield XdpBenchmark::nothing;
            }
        };
    }

    /** Prepares the node's interfaces: the kernel accepts a generator's frames only on an interface with a program. */
    private static AutoCloseable receiving(Forwarder forwarder, Road road) throws IOException {
        if (forwarder == Forwarder.AF_XDP) {
            return XdpBenchmark::nothing;
        }
        final AutoCloseable taking = road.passFrames();
        Cores.receiveOnSecond(road.node, Road.IN);
        return taking;
    }

    private double[] gigabits(Forwarder forwarder) throws Exception {
        try (Namespaces namespaces = new Namespaces();
                Road road = new Road("tcp", namespaces);
                AutoCloseable _ = open(forwarder, road)) {
            return new double[] {Bulk.gigabits(road, seconds, seconds)};
        }
    }
}
