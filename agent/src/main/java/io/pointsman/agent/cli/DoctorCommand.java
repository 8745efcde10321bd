package io.pointsman.agent.cli;

import io.pointsman.agent.config.Setting;
import io.pointsman.agent.doctor.Doctor;
import io.pointsman.agent.doctor.Row;
import io.pointsman.agent.doctor.Row.Level;
import io.pointsman.agent.json.Json;
import io.pointsman.model.ConfigException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pointsman doctor}: checks this host for what would hinder a proxy, and says what to do about it. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description =
                "Looks at this host and says, row by row, what affects a proxy here and what to do about it: kernel,"
                        + " modules, kernel parameters, packet filters and the programs whose rules they hold,"
                        + " interfaces, open files, state directory, ports, other proxies, and which backends can run."
                        + " Changes nothing. Works without root, and says what it could not read.",
        exitCodeListHeading = "Exit status:%n",
        exitCodeList = {"0:nothing to do", "1:something to do", "2:nothing was checked: a wrong option, for example"},
        footer = {
            "",
            "When checked for IPVS or a kind of rule, a kernel may load a module for it; such modules are listed."
        })
final class DoctorCommand implements Callable<Integer> {
    private static final int DONE = 0;
    private static final int SOMETHING_TO_DO = 1;
    private static final int FAILED = 2;

    /** Format of the rows. */
    enum Output {
        TABLE,
        JSON
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json",
            description = "How the rows are written (default: table).")
    private Output output = Output.TABLE;

    static CommandLine create() {
        final CommandLine command = new CommandLine(new DoctorCommand()).setUsageHelpWidth(100);
        SettingOptions.add(
                command.getCommandSpec(),
                List.of(
                        Setting.MODE,
                        Setting.STATE_DIRECTORY,
                        Setting.SERVICE_NODE_PORT_RANGE,
                        Setting.METRICS_BIND_ADDRESS,
                        Setting.HEALTHZ_BIND_ADDRESS));
        return command;
    }

    @Override
    public Integer call() {
        final List<Row> rows;
        try {
            rows = Doctor.look(
                    SettingOptions.read(spec.commandLine().getParseResult()).build());
        } catch (ConfigException e) {
            spec.commandLine().getErr().println("pointsman: " + e.getMessage());
            return FAILED;
        }
        final PrintWriter out = spec.commandLine().getOut();
        switch (output) {
            case TABLE -> print(rows, out);
            case JSON -> out.println(json(rows));
        }
        return count(rows, Level.TO_DO) == 0 ? DONE : SOMETHING_TO_DO;
    }

    private static void print(List<Row> rows, PrintWriter out) {
        String area = "";
        for (Row row : rows) {
            if (!row.area().equals(area)) {
                area = row.area();
                out.println(area);
            }
            out.printf("  %-6s  %s: %s%n", row.level().text(), row.subject(), row.found());
            if (!row.remedy().isEmpty()) {
                out.printf("  %-6s  → %s%n", "", row.remedy());
            }
        }
        out.println(count(rows, Level.TO_DO) + " to do, " + count(rows, Level.NOTE) + " to note, "
                + count(rows, Level.UNSEEN) + " not seen, " + count(rows, Level.FINE) + " ok");
    }

    private static long count(List<Row> rows, Level level) {
        return rows.stream().filter(row -> row.level() == level).count();
    }

    private static String json(List<Row> rows) {
        return Json.object(json -> {
            json.writeArrayFieldStart("rows");
            for (Row row : rows) {
                json.writeStartObject();
                json.writeStringField("area", row.area());
                json.writeStringField("subject", row.subject());
                json.writeStringField("level", row.level().text().replace(' ', '-'));
                json.writeStringField("found", row.found());
                json.writeStringField("remedy", row.remedy());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeNumberField("toDo", count(rows, Level.TO_DO));
        });
    }
}
