package io.pointsman.bench.ipvs;

import io.pointsman.bench.kernel.Results;
import io.pointsman.bench.kernel.Scratch;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.uml.UmlProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Benchmark of the IPVS backend and ipvsadm, on this kernel or, if it has no IPVS, in User Mode Linux. */
@Command(
        name = "pointsman bench ipvs",
        mixinStandardHelpOptions = true,
        description = {
            "Measures, as root: what a change costs among few and many services, and virtual servers by netlink",
            "beside ipvsadm's restore of the same, in turn. On this kernel if it has IPVS, else inside User Mode",
            "Linux, whose clock and system calls are slow: compare figures only with each other. Takes about two",
            "minutes."
        })
public final class IpvsBenchmark implements Callable<Integer> {
    private static final List<String> MODULES = List.of("ip_vs", "nf_conntrack_netlink", "dummy", "veth");

    @Option(
            names = "--rounds",
            description = "Rounds of 500 virtual servers by netlink and by ipvsadm (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(names = "--full-rounds", description = "Rounds of 10,000, of about 20 s each (default: ${DEFAULT-VALUE}).")
    private int fullRounds = 3;

    @Option(
            names = "--changes",
            description = "Changes of each kind among 100 and 10,000 services (default: ${DEFAULT-VALUE}).")
    private int changes = 21;

    @Option(names = "--limit-seconds", description = "It is given up after so long (default: ${DEFAULT-VALUE}).")
    private int limitSeconds = 190;

    @Mixin
    private final Results results = new Results(Path.of("ipvs.json"));

    private final Map<Measured, List<Double>> measured = new LinkedHashMap<>();

    private record Measured(String what, int services) {}

    private IpvsBenchmark() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new IpvsBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        final boolean isHere = ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .anyMatch(found -> found.name().equals("ipvs") && found.probe().isAvailable());
        final Optional<String> why = UmlProgram.unavailable();
        if (!isHere && why.isPresent()) {
            System.err.println("this kernel has no IPVS, and " + why.get());
            return 1;
        }
        final long startNanos = System.nanoTime();
        try (Scratch scratch = Scratch.make()) {
            if (isHere) {
                here(scratch.folder());
            } else {
                inUml(scratch.folder());
            }
        }
        System.out.printf("%nmeasured in %d s%n%n", (System.nanoTime() - startNanos) / 1_000_000_000L);
        measured.forEach((name, values) -> results.put(name.what(), name.services(), values));
        results.print("ipvs, " + (isHere ? "this kernel" : "User Mode Linux"), System.out);
        return 0;
    }

    private List<String> command(Path state) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1", // code compiled by C2 is slow in User Mode Linux
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                Stream.of(System.getProperty("java.class.path").split(":", -1))
                        .map(part -> Path.of(part).toAbsolutePath().toString())
                        .collect(Collectors.joining(":")),
                IpvsMain.class.getName(),
                state.toString(),
                Integer.toString(changes),
                "100,10000"));
        if (rounds > 0) {
            command.add("500x" + rounds);
        }
        if (fullRounds > 0) {
            command.add("10000x" + fullRounds);
        }
        return command;
    }

    private void here(Path folder) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command(folder.resolve("state")))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var lines = process.inputReader()) {
            lines.lines().forEach(this::take);
        } finally {
            process.destroy();
        }
        if (process.waitFor() != 0) {
            throw new IOException("the process that measures failed");
        }
    }

    private void inUml(Path folder) throws IOException, InterruptedException {
        System.out.println("booting User Mode Linux");
        final UmlProgram uml = new UmlProgram(folder, MODULES, Duration.ofSeconds(limitSeconds));
        try (Follower _ = new Follower(uml.output(), this::take)) {
            uml.run(command(Path.of("/run/state")));
        }
        final String errors = Files.readString(uml.errors());
        if (!errors.isBlank()) {
            throw new IOException("inside User Mode Linux: " + errors.strip());
        }
    }

    private void take(String line) {
        final String[] words = line.split("\\|", 3);
        if (words.length == 3) {
            measured.computeIfAbsent(new Measured(words[0], Integer.parseInt(words[1])), _ -> new ArrayList<>())
                    .add(Double.parseDouble(words[2]));
        } else {
            System.out.println(line);
        }
    }
}
