package io.pointsman.agent.cli;

import io.pointsman.agent.OfflinePlan;
import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.Setting;
import io.pointsman.agent.look.AddressAndPort;
import io.pointsman.agent.look.ExplanationPrinter;
import io.pointsman.agent.look.PlanReader;
import io.pointsman.agent.status.Problem;
import io.pointsman.model.ConfigException;
import io.pointsman.model.Protocol;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.ExplainRequest;
import io.pointsman.nat.Explanation;
import io.pointsman.nat.NatEngine;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/**
 * {@code pointsman explain}: shows what happens to a connection and why, from the objects of a source or from the plan of a
 * running agent.
 */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description =
                "Shows what happens to a connection and why, step by step. Reads the manifests or the cluster as they"
                        + " are now and asks the engine that forwards; no agent needs to run. With --agent it explains"
                        + " the plan that the agent on this node has in force.",
        footer = {
            "",
            "The node has the addresses of its Node object, or this host's where there is none of its name.",
            "Examples:",
            "  pointsman explain --from 127.244.3.8 --to 127.0.170.92:8080",
            "  pointsman explain --agent --from 198.51.100.79 --to 10.240.0.4:30080",
            "  pointsman explain --from 198.51.100.79:51234 --to 10.240.0.4:30080 --at kubernetes-node-6jst \\",
            "    --manifest services.yaml --cluster-cidr 10.180.0.0/16 --mode nftables"
        })
final class ExplainCommand implements Callable<Integer> {
    private static final int ANY_CLIENT_PORT = 40_000;
    private static final int CAPACITY = 16; // flows of the engine, which tracks none here
    private static final List<Setting> OF_A_SOURCE = List.of(
            Setting.NODE,
            Setting.MANIFEST,
            Setting.KUBECONFIG,
            Setting.CLUSTER_CIDR,
            Setting.SERVICE_CIDR,
            Setting.NODE_PORT_ADDRESSES,
            Setting.SERVICE_NODE_PORT_RANGE,
            Setting.LOCALHOST_NODE_PORTS,
            Setting.MASQUERADE_ALL,
            Setting.EXTERNAL_IPS,
            Setting.EGRESS);

    /** The plan to explain. */
    private record Subject(ForwardingPlan plan, ExplainedMode mode, Function<Explanation, List<String>> problems) {}

    /** Format of the explanation. */
    enum Output {
        TEXT,
        JSON
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Option(
            names = "--from",
            required = true,
            paramLabel = "ADDRESS[:PORT]",
            description = "The client; its port is " + ANY_CLIENT_PORT + " unless given.")
    private String from = "";

    @Option(names = "--to", required = true, paramLabel = "ADDRESS:PORT", description = "What it dials.")
    private String to = "";

    @Option(names = "--proto", paramLabel = "tcp|udp|sctp", description = "The protocol (default: tcp).")
    private Protocol protocol = Protocol.TCP;

    @Option(names = "--at", paramLabel = "NODE", description = "Where it is dialed: the node, as --node.")
    private @Nullable String at;

    @Option(
            names = "--in",
            paramLabel = "INTERFACE",
            description = "The interface it comes in on, for nodes that tell pods by it.")
    private @Nullable String ingress;

    @Option(
            names = "--agent",
            description = "Explains what the agent on this node has in force. --mode selects one of several.")
    private boolean ofAgent;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json",
            description = "How it is written (default: text).")
    private Output output = Output.TEXT;

    static CommandLine create() {
        final CommandLine command = new CommandLine(new ExplainCommand()).setUsageHelpWidth(100);
        SettingOptions.add(
                command.getCommandSpec(),
                Stream.concat(LookOptions.OF_AN_AGENT.stream(), OF_A_SOURCE.stream())
                        .toList());
        return command;
    }

    @Override
    public Integer call() throws ConfigException {
        final ExplainRequest request = request();
        final Subject subject = ofAgent ? inForce() : offline();
        final Explanation explanation;
        try (NatEngine engine =
                NatEngine.create(EngineConfig.builder().capacity(CAPACITY).build())) {
            engine.apply(subject.plan(), PlanDelta.whole(subject.plan()));
            explanation = engine.explain(request, System.nanoTime());
        }
        final List<String> notes = new ArrayList<>(subject.problems().apply(explanation));
        notes.addAll(subject.mode().notes(explanation));
        final PrintWriter out = spec.commandLine().getOut();
        final ExplanationPrinter printer = new ExplanationPrinter(
                explanation, subject.plan().node().name(), subject.mode().name(), notes);
        switch (output) {
            case TEXT -> printer.text().forEach(out::println);
            case JSON -> out.println(printer.json());
        }
        return 0;
    }

    private Subject offline() throws ConfigException {
        final AgentConfig.Builder builder =
                SettingOptions.read(spec.commandLine().getParseResult());
        final AgentConfig config = (at == null ? builder : builder.node(at)).build();
        final ExplainedMode mode = ExplainedMode.of(config.mode(), BackendCatalog.load());
        final OfflinePlan plan = OfflinePlan.read(config, mode.semantics(), mode.families());
        plan.problems()
                .forEach(problem ->
                        spec.commandLine().getErr().println("pointsman: " + problem.where() + ": " + problem.reason()));
        return new Subject(plan.update().plan(), mode, explanation -> ExplainedProblems.of(plan.update(), explanation));
    }

    private Subject inForce() throws ConfigException {
        final ParseResult parsed = spec.commandLine().getParseResult();
        for (Setting setting : OF_A_SOURCE) {
            if (SettingOptions.has(parsed, setting)) {
                throw new ConfigException("--agent explains what the agent has in force; leave out --" + setting.key());
            }
        }
        if (at != null) {
            throw new ConfigException("--agent explains the node of the agent; leave out --at");
        }
        final RunningAgent agent = LookOptions.of(parsed).agent();
        final PlanReader plan = agent.plan();
        final List<Problem> problems = agent.problems();
        return new Subject(
                plan.plan(),
                ExplainedMode.of(plan.mode(), BackendCatalog.load()),
                explanation -> ExplainedProblems.of(problems, explanation));
    }

    private ExplainRequest request() throws ConfigException {
        final AddressAndPort client = AddressAndPort.parse("--from", from);
        final AddressAndPort dialed = AddressAndPort.parse("--to", to);
        if (dialed.port().isEmpty()) {
            throw new ConfigException("--to: \"" + to + "\" is the address " + dialed.address()
                    + " without a port; give " + dialed.address().withPort(80) + " for instance");
        }
        try {
            return new ExplainRequest(
                    protocol,
                    client.address(),
                    client.port().orElse(ANY_CLIENT_PORT),
                    dialed.address(),
                    dialed.port().getAsInt(),
                    Optional.ofNullable(ingress));
        } catch (IllegalArgumentException e) {
            throw new ConfigException("--from, --to: " + e.getMessage(), e);
        }
    }
}
