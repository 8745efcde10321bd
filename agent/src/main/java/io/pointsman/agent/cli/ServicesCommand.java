package io.pointsman.agent.cli;

import io.pointsman.agent.json.Json;
import io.pointsman.agent.look.ServiceRow;
import io.pointsman.model.ConfigException;
import io.pointsman.spi.ServiceFigures.Figure;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pointsman services}: lists the service ports with their figures. */
@Command(
        name = "services",
        mixinStandardHelpOptions = true,
        description =
                "Lists the service ports that the agent on this node serves, with what it counted. With a manifest or a"
                        + " kubeconfig: what an agent would serve, without figures.",
        footer = {
            "",
            "A figure that the mode does not count is -. Totals begin with the agent. Examples:",
            "  pointsman services --sort bytes",
            "  pointsman services --watch",
            "  pointsman services --manifest services.yaml --node $(hostname) --output json"
        })
final class ServicesCommand implements Callable<Integer> {
    /** Order of the rows. */
    enum Sort {
        NAME,
        NOW,
        CONNECTIONS,
        PACKETS,
        BYTES,
        REFUSED,
        ENDPOINTS;

        /** Returns a comparator: the greatest figure first, rows without one last, equal ones by name. */
        Comparator<ServiceRow> order() {
            return switch (this) {
                case NAME -> Comparator.comparing(ServiceRow::port);
                case NOW -> descending(row -> row.value(Figure.CONNECTIONS_NOW));
                case CONNECTIONS -> descending(row -> row.value(Figure.CONNECTIONS));
                case PACKETS -> descending(row -> row.sum(Figure.PACKETS_FROM_CLIENTS, Figure.PACKETS_TO_CLIENTS));
                case BYTES -> descending(row -> row.sum(Figure.BYTES_FROM_CLIENTS, Figure.BYTES_TO_CLIENTS));
                case REFUSED -> descending(ServiceRow::refused);
                case ENDPOINTS -> descending(row -> OptionalLong.of(row.endpoints()));
            };
        }

        private static Comparator<ServiceRow> descending(Function<ServiceRow, OptionalLong> figure) {
            return Comparator.<ServiceRow>comparingLong(row -> figure.apply(row).orElse(-1))
                    .reversed()
                    .thenComparing(ServiceRow::port);
        }
    }

    private static final Duration PERIOD = Duration.ofSeconds(2);
    private static final List<String> HEAD = List.of(
            "SERVICE",
            "PORT",
            "ADDRESS",
            "ENDPOINTS",
            "NOW",
            "CONNECTIONS",
            "PACKETS IN",
            "PACKETS OUT",
            "BYTES IN",
            "BYTES OUT",
            "REFUSED");
    private static final int FIRST_NUMBER = 3;
    private static final int LAST_NUMBER = 9;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json|yaml",
            description = "How it is written (default: table).")
    private OutputFormat output = OutputFormat.TABLE;

    @Option(
            names = "--sort",
            paramLabel = "name|now|connections|packets|bytes|refused|endpoints",
            description = "Sort order (default: name): names ascending, figures descending.")
    private Sort sort = Sort.NAME;

    @Option(
            names = "--watch",
            description = "Shows as many as the terminal has room for, every 2 seconds, until it is stopped (Ctrl-C).")
    private boolean watch;

    static CommandLine create() {
        final CommandLine command = new CommandLine(new ServicesCommand()).setUsageHelpWidth(100);
        SettingOptions.add(command.getCommandSpec(), LookOptions.SETTINGS);
        return command;
    }

    @Override
    public Integer call() throws ConfigException {
        final LookOptions options = LookOptions.of(spec.commandLine().getParseResult());
        final PrintWriter out = spec.commandLine().getOut();
        if (watch) {
            return watch(options, out);
        }
        final List<ServiceRow> rows = rows(options);
        if (output == OutputFormat.TABLE) {
            table(rows).forEach(out::println);
        } else {
            output.print(
                    Json.object(json -> {
                        json.writeArrayFieldStart("services");
                        for (ServiceRow row : rows) {
                            json.writeStartObject();
                            row.write(json);
                            json.writeEndObject();
                        }
                        json.writeEndArray();
                    }),
                    out);
        }
        return 0;
    }

    private List<ServiceRow> rows(LookOptions options) throws ConfigException {
        final List<ServiceRow> rows = options.isOffline()
                ? ServiceRow.of(
                        options.offline(
                                        options.explainedMode(),
                                        spec.commandLine().getErr())
                                .update()
                                .plan(),
                        List.of())
                : options.agent().services();
        return rows.stream().sorted(sort.order()).toList();
    }

    private int watch(LookOptions options, PrintWriter out) throws ConfigException {
        if (output != OutputFormat.TABLE || options.isOffline()) {
            throw new ConfigException("--watch: shows a table of what an agent that runs here counts; leave out"
                    + " --output, --manifest and --kubeconfig");
        }
        final Terminal terminal = Terminal.ofThisProcess()
                .orElseThrow(
                        () -> new ConfigException(
                                "--watch: there is no terminal; without it, with --output json, programs can ask again and again"));
        try {
            while (true) { // ends: with the agent, or on Ctrl-C
                terminal.show(table(rows(options)), out);
                Thread.sleep(PERIOD);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // asked to end
            return 0;
        }
    }

    private static List<String> table(List<ServiceRow> rows) {
        final Table table = new Table(HEAD, FIRST_NUMBER, LAST_NUMBER);
        for (ServiceRow row : rows) {
            final List<String> cells = new ArrayList<>();
            cells.add(row.port().service().toString());
            cells.add(
                    row.port().portName().isEmpty()
                            ? row.port().protocol().name()
                            : row.port().portName() + "/" + row.port().protocol());
            cells.add(addresses(row.addresses()));
            cells.add(row.endpoints() + " (" + row.localEndpoints() + " here)");
            cells.add(text(row.value(Figure.CONNECTIONS_NOW)));
            cells.add(text(row.value(Figure.CONNECTIONS)));
            cells.add(text(row.value(Figure.PACKETS_FROM_CLIENTS)));
            cells.add(text(row.value(Figure.PACKETS_TO_CLIENTS)));
            cells.add(text(row.value(Figure.BYTES_FROM_CLIENTS)));
            cells.add(text(row.value(Figure.BYTES_TO_CLIENTS)));
            cells.add(
                    row.figures().refused().isEmpty()
                            ? "-"
                            : new TreeMap<>(row.figures().refused())
                                    .entrySet().stream()
                                            .map(refused -> refused.getValue() + " " + refused.getKey())
                                            .collect(Collectors.joining(", ")));
            table.add(cells);
        }
        return table.lines();
    }

    private static String addresses(List<String> all) {
        return all.getFirst() + (all.size() == 1 ? "" : " +" + (all.size() - 1));
    }

    private static String text(OptionalLong value) {
        return value.isPresent() ? String.valueOf(value.getAsLong()) : "-";
    }
}
