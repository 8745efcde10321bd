package io.pointsman.agent.cli;

import io.pointsman.agent.control.AgentAnswers;
import io.pointsman.agent.look.FlowFilter;
import io.pointsman.agent.look.FlowJson;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ServicePortName;
import io.pointsman.spi.FlowRecord;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pointsman flows}: lists the agent's connections. */
@Command(
        name = "flows",
        mixinStandardHelpOptions = true,
        description = "Lists the connections that the agent on this node carries now: by Service, endpoint, client and"
                + " state.",
        footer = {
            "",
            "Filters combine: a connection is shown if all of them match. Examples:",
            "  pointsman flows --service default/web --state established",
            "  pointsman flows --client 10.0.0.0/8 --output json | wc -l",
            "  pointsman flows --follow --endpoint 10.244.1.3"
        })
final class FlowsCommand implements Callable<Integer> {
    /** Format of the connections. */
    enum Output {
        TABLE,
        /** JSON Lines: one object on a line for each connection. */
        JSON
    }

    private static final List<String> HEAD =
            List.of("SERVICE", "PORT", "STATE", "CLIENT", "DIALS", "ENDPOINT", "SEEN AS", "BYTES IN", "BYTES OUT");
    private static final int FIRST_NUMBER = 7;
    private static final int LAST_NUMBER = 8;
    private static final Comparator<FlowRecord> ORDER = Comparator.comparing(
                    (FlowRecord flow) -> flow.owner().orElse(null), Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(flow -> flow.reply().source())
            .thenComparingInt(flow -> flow.reply().sourcePort())
            .thenComparing(flow -> flow.original().source())
            .thenComparingInt(flow -> flow.original().sourcePort());

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Option(names = "--service", paramLabel = "[NAMESPACE/]NAME", description = "Only of this Service.")
    private @Nullable String service;

    @Option(names = "--client", paramLabel = "ADDRESS|CIDR", description = "Only of clients there.")
    private @Nullable String client;

    @Option(names = "--endpoint", paramLabel = "ADDRESS|CIDR", description = "Only to endpoints there.")
    private @Nullable String endpoint;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "Only in this state of their protocol, as the table shows it.")
    private @Nullable String state;

    @Option(names = "--proto", paramLabel = "tcp|udp|sctp", description = "Only of this protocol.")
    private @Nullable String protocol;

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            description =
                    "Maximum number shown, in no particular order (default: " + AgentAnswers.USUAL_FLOWS + ", at most "
                            + AgentAnswers.MAX_FLOWS + "). With --follow: ends after this many (default: never).")
    private @Nullable Integer limit;

    @Option(names = "--follow", description = "Shows connections as they open and close, until it is stopped (Ctrl-C).")
    private boolean follow;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json",
            description = "How they are written (default: table); json: a line for each.")
    private Output output = Output.TABLE;

    static CommandLine create() {
        final CommandLine command = new CommandLine(new FlowsCommand()).setUsageHelpWidth(100);
        SettingOptions.add(command.getCommandSpec(), LookOptions.OF_AN_AGENT);
        return command;
    }

    @Override
    public Integer call() throws ConfigException {
        final FlowFilter filter = filter();
        final PrintWriter out = spec.commandLine().getOut();
        final RunningAgent agent =
                LookOptions.of(spec.commandLine().getParseResult()).agent();
        if (follow) {
            agent.follow(filter, new FlowPrinter(out, spec.commandLine().getErr(), output == Output.JSON, limit));
            out.flush();
            return 0;
        }
        final int most = limit == null ? AgentAnswers.USUAL_FLOWS : limit;
        final boolean isLimited;
        if (output == Output.JSON) {
            isLimited = agent.flows(filter, most, flow -> out.print(FlowJson.of(flow) + "\n"));
            out.flush();
        } else {
            final List<FlowRecord> flows = new ArrayList<>();
            isLimited = agent.flows(filter, most, flows::add);
            table(flows).forEach(out::println);
        }
        if (isLimited) {
            spec.commandLine()
                    .getErr()
                    .println("pointsman: there are more than " + most
                            + " such connections; these are any of them. Narrow it down, or give --limit");
        }
        return 0;
    }

    private FlowFilter filter() throws ConfigException {
        final Map<String, String> words = new HashMap<>();
        put(words, "service", service);
        put(words, "client", client);
        put(words, "endpoint", endpoint);
        put(words, "state", state);
        put(words, "protocol", protocol);
        try {
            return FlowFilter.parse(words);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("--" + e.getMessage(), e);
        }
    }

    private static void put(Map<String, String> words, String name, @Nullable String value) {
        if (value != null) {
            words.put(name, value);
        }
    }

    private static List<String> table(List<FlowRecord> flows) {
        final Table table = new Table(HEAD, FIRST_NUMBER, LAST_NUMBER);
        for (FlowRecord flow : flows.stream().sorted(ORDER).toList()) {
            final FlowRecord.Tuple original = flow.original();
            final FlowRecord.Tuple reply = flow.reply();
            table.add(List.of(
                    flow.owner().map(owner -> owner.service().toString()).orElse("-"),
                    flow.owner()
                                    .map(ServicePortName::portName)
                                    .filter(name -> !name.isEmpty())
                                    .map(name -> name + "/")
                                    .orElse("")
                            + original.protocol(),
                    flow.state(),
                    original.source().withPort(original.sourcePort()),
                    original.destination().withPort(original.destinationPort()),
                    reply.source().withPort(reply.sourcePort()),
                    reply.destination().withPort(reply.destinationPort()),
                    String.valueOf(flow.bytesOut()),
                    String.valueOf(flow.bytesBack())));
        }
        return table.lines();
    }
}
