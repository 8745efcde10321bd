package io.pointsman.agent.cli;

import io.pointsman.agent.OfflinePlan;
import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.Setting;
import io.pointsman.agent.control.AgentAnswers;
import io.pointsman.agent.look.EndingConnections;
import io.pointsman.agent.look.FlowFilter;
import io.pointsman.agent.look.PlanComparison;
import io.pointsman.agent.look.PlanReader;
import io.pointsman.model.ConfigException;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HostAddresses;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code pointsman plan diff}: shows the differences between two plans of this node, and for which clients. */
@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        exitCodeOnExecutionException = PlanDiffCommand.FAILED,
        description = "Describes what would change for clients from one state to another: which clients reach which"
                + " Service, at which address, on which endpoints; and how many connections of a running agent would"
                + " end.",
        footer = {
            "",
            "A state is a manifest (a file or a folder), agent (what the agent on this node has in force), or api (what",
            "the API server has). Next to an agent, the other state is read with the agent's settings and its host's",
            "addresses, but for the settings given here.",
            "",
            "Exit code: 0 no difference, 1 some, 2 failure.",
            "Examples:",
            "  pointsman plan diff agent new/",
            "  pointsman plan diff old.yaml new.yaml --node $(hostname) --mode nftables"
        })
final class PlanDiffCommand implements Callable<Integer> {
    static final int FAILED = 2;

    private static final int SAME = 0;
    private static final int DIFFERENT = 1;
    private static final String AGENT = "agent";
    private static final String API = "api";

    private static final List<Setting> SETTINGS = LookOptions.SETTINGS.stream()
            .filter(setting -> setting != Setting.MANIFEST)
            .toList();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE|DIR|agent|api", description = "The state before.")
    private String before = "";

    @Parameters(index = "1", paramLabel = "FILE|DIR|agent|api", description = "The state after.")
    private String after = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json|yaml",
            description = "Output format: sentences (default: table), or for programs.")
    private OutputFormat output = OutputFormat.TABLE;

    /** Host for which both states are resolved, perhaps with an agent. */
    private record Site(
            Map<String, String> settings,
            Optional<HostAddresses> host,
            Optional<RunningAgent> agent,
            Optional<PlanReader> inForce) {}

    static CommandLine create() {
        final CommandLine command = new CommandLine(new PlanDiffCommand()).setUsageHelpWidth(100);
        SettingOptions.add(command.getCommandSpec(), SETTINGS);
        return command;
    }

    @Override
    public Integer call() throws ConfigException {
        final Site here = look();
        final ForwardingPlan old = plan(before, here);
        final ForwardingPlan now = plan(after, here);
        final PlanComparison comparison = PlanComparison.of(old, now);
        final Optional<EndingConnections> ending =
                before.equals(AGENT) && !comparison.isSame() ? Optional.of(ending(here, now)) : Optional.empty();
        final ComparisonPrinter printer =
                new ComparisonPrinter(comparison, ending, now.node().name());
        if (output == OutputFormat.TABLE) {
            printer.lines().forEach(spec.commandLine().getOut()::println);
        } else {
            output.print(printer.json(), spec.commandLine().getOut());
        }
        return comparison.isSame() ? SAME : DIFFERENT;
    }

    private Site look() throws ConfigException {
        if (!before.equals(AGENT) && !after.equals(AGENT)) {
            return new Site(Map.of(), Optional.empty(), Optional.empty(), Optional.empty());
        }
        final RunningAgent agent =
                LookOptions.of(spec.commandLine().getParseResult()).agent();
        return new Site(agent.settings(), Optional.of(agent.host()), Optional.of(agent), Optional.of(agent.plan()));
    }

    private ForwardingPlan plan(String state, Site here) throws ConfigException {
        if (state.equals(AGENT)) {
            return here.inForce().orElseThrow().plan();
        }
        final AgentConfig config = config(state, here);
        final ExplainedMode mode =
                ExplainedMode.of(here.inForce().map(PlanReader::mode).orElse(config.mode()), BackendCatalog.load());
        final OfflinePlan plan = here.host().isPresent()
                ? OfflinePlan.read(
                        config, mode.semantics(), mode.families(), here.host().get())
                : OfflinePlan.read(config, mode.semantics(), mode.families());
        LookOptions.tellProblems(plan, spec.commandLine().getErr());
        return plan.update().plan();
    }

    private AgentConfig config(String state, Site here) throws ConfigException {
        final AgentConfig.Builder config = AgentConfig.builder();
        for (Setting setting : SETTINGS) {
            final String value = here.settings().getOrDefault(setting.key(), "none");
            if (!value.equals("none") && !value.equals("default")) { // as an unset value is written
                setting.apply(config, value);
            }
        }
        final ParseResult parsed = spec.commandLine().getParseResult();
        SettingOptions.read(parsed, config);
        if (state.equals(API)) {
            return config.clusterAlone().build();
        }
        if (!Files.exists(Path.of(state))) {
            throw new ConfigException(
                    "there is no file or folder \"" + state + "\"; give one with manifests, or agent, or api");
        }
        return config.manifestAlone(Path.of(state)).build();
    }

    private EndingConnections ending(Site here, ForwardingPlan now) throws ConfigException {
        final EndingConnections ending = new EndingConnections(now);
        final boolean isLimited =
                here.agent().orElseThrow().flows(FlowFilter.parse(Map.of()), AgentAnswers.MAX_FLOWS, ending::note);
        if (isLimited) {
            spec.commandLine()
                    .getErr()
                    .println("pointsman: the agent has more than " + AgentAnswers.MAX_FLOWS
                            + " connections; whether the others would end is unknown");
        }
        return ending;
    }
}
