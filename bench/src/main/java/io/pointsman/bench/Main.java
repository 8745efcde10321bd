package io.pointsman.bench;

import io.pointsman.conntrack.FlowTable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Command line of the engine's benchmarks. */
@Command(
        name = "pointsman bench",
        mixinStandardHelpOptions = true,
        description = {
            "Measures the engine beside the memory limit and three baselines, in one run, and prints a table of medians and",
            "ratios. On a machine that does something else meanwhile only the ratios mean anything."
        })
final class Main implements Callable<Integer> {
    @Option(
            names = "--quick",
            description =
                    "Three to four minutes: one fork each, few short iterations, a million flows only, baselines on one"
                            + " thread only.")
    private boolean quick;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            defaultValue = "bench.json",
            description = "Where the measurements go as JSON (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("bench.json");

    private Main() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public Integer call() throws RunnerException, IOException {
        final List<RunResult> results = new Suite(quick).run();
        System.out.print(new Report(results.stream().map(Measurement::of).toList()).table());
        System.out.printf(
                Locale.ROOT,
                "bytes of table for each flow, when full: IPv4 %.1f, IPv6 %.1f%n",
                bytesPerFlow(false),
                bytesPerFlow(true));
        try (PrintStream json = new PrintStream(output.toFile(), StandardCharsets.UTF_8)) {
            ResultFormatFactory.getInstance(ResultFormatType.JSON, json).writeOut(results);
        }
        System.out.println("as JSON: " + output);
        return 0;
    }

    private static double bytesPerFlow(boolean isIpv6) {
        final int flows = 1_000_000;
        try (FlowTable table = new FlowTable(flows, isIpv6, 1, (_, _, _, _) -> {})) {
            return (double) table.bytes() / flows;
        }
    }
}
