package io.pointsman.bench.kernel;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/**
 * Results of a benchmark: a table for people, and JSON in a file for programs. As a mixin, it adds the option that names
 * the file to its command.
 */
public final class Results {
    private static final String ROW = "%-34s %9s %10s  %s%n";

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "Where the measurements go as JSON (default: ${DEFAULT-VALUE}).")
    private Path output;

    private final String counted;
    private final Map<Name, Spread> measured = new LinkedHashMap<>();

    private record Name(String what, int count) {}

    /** Creates results by number of services. */
    public Results(Path output) {
        this(output, "services");
    }

    /**
     * @param output the default file
     * @param counted name of the number by which measurements differ
     */
    public Results(Path output, String counted) {
        this.output = output;
        this.counted = counted;
    }

    /**
     * Adds a measurement.
     *
     * @param what name, with its unit after a comma
     */
    public void put(String what, int count, Spread spread) {
        measured.put(new Name(what, count), spread);
    }

    /** Adds a measurement by its individual values. */
    public void put(String what, int count, List<Double> values) {
        put(what, count, Spread.of(values));
    }

    /** Prints the table under this heading, and writes the file. */
    public void print(String heading, PrintStream to) throws IOException {
        to.printf(ROW, heading, counted, "median", "min .. max, count; its 95 % interval");
        measured.forEach((name, spread) -> to.printf(
                Locale.ROOT,
                ROW,
                name.what(),
                name.count(),
                String.format(Locale.ROOT, "%.2f", spread.median()),
                String.format(
                        Locale.ROOT,
                        "%.2f .. %.2f, %d; %.3f .. %.3f",
                        spread.min(),
                        spread.max(),
                        spread.count(),
                        spread.low(),
                        spread.high())));
        Files.writeString(
                output,
                measured.entrySet().stream()
                        .map(entry -> json(entry.getKey(), entry.getValue()))
                        .collect(Collectors.joining(",\n", "[\n", "\n]\n")));
        to.println("as JSON: " + output);
    }

    private String json(Name name, Spread spread) {
        return "  {\"name\": \"" + name.what() + "\", \"" + counted + "\": " + name.count() + ", " + spread.json()
                + "}";
    }
}
