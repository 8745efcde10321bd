package io.pointsman.agent.cli;

import io.pointsman.agent.look.PlanReader;
import io.pointsman.agent.look.PlanWriter;
import io.pointsman.model.ConfigException;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.Rule;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pointsman plan}: shows the plan of this node's agent, or of a source. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        description =
                "Shows what the agent on this node does, by Service: which addresses answer which clients, and how."
                        + " With a manifest or a kubeconfig: what an agent would do.",
        footer = {
            "",
            "Examples:",
            "  pointsman plan --output yaml",
            "  pointsman plan --manifest services.yaml --node $(hostname) --mode nftables",
            "  pointsman plan diff agent services.yaml"
        })
final class PlanCommand implements Callable<Integer> {
    private static final List<String> HEAD =
            List.of("SERVICE", "PORT", "ADDRESS", "FROM PODS", "FROM THE NODE", "FROM OUTSIDE", "LIMITS");
    private static final Comparator<Rule> ORDER =
            Comparator.comparing(Rule::owner).thenComparing(Rule::frontend);
    private static final int NO_NUMBERS = -1;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json|yaml",
            description = "How it is written (default: table).")
    private OutputFormat output = OutputFormat.TABLE;

    static CommandLine create() {
        final CommandLine command = new CommandLine(new PlanCommand()).setUsageHelpWidth(100);
        SettingOptions.add(command.getCommandSpec(), LookOptions.SETTINGS);
        return command.addSubcommand(PlanDiffCommand.create());
    }

    @Override
    public Integer call() throws ConfigException {
        final LookOptions options = LookOptions.of(spec.commandLine().getParseResult());
        final String mode;
        final ForwardingPlan plan;
        if (options.isOffline()) {
            final ExplainedMode explained = options.explainedMode();
            mode = explained.name();
            plan = options.offline(explained, spec.commandLine().getErr())
                    .update()
                    .plan();
        } else {
            final PlanReader inForce = options.agent().plan();
            mode = inForce.mode();
            plan = inForce.plan();
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (output == OutputFormat.TABLE) {
            table(plan).forEach(out::println);
            out.println("node " + plan.node().name() + ", mode " + mode + ": "
                    + plan.rules().size() + (plan.rules().size() == 1 ? " rule" : " rules"));
        } else {
            output.print(new PlanWriter(mode, plan).document(), out);
        }
        return 0;
    }

    private static List<String> table(ForwardingPlan plan) {
        final Table table = new Table(HEAD, NO_NUMBERS, NO_NUMBERS);
        plan.rules().values().stream()
                .sorted(ORDER)
                .forEach(rule -> table.add(List.of(
                        rule.owner().service().toString(),
                        rule.owner().portName().isEmpty()
                                ? rule.owner().protocol().name()
                                : rule.owner().portName() + "/" + rule.owner().protocol(),
                        rule.frontend().isNodePort()
                                ? "node port " + rule.frontend().port() + " ("
                                        + rule.frontend().family() + ")"
                                : rule.frontend().vip().withPort(rule.frontend().port()),
                        words(rule.fromLocalPod()),
                        words(rule.fromNode()),
                        words(rule.fromExternal()),
                        limits(rule))));
        for (HealthCheck check : plan.healthChecks()) {
            table.add(List.of(
                    check.service().toString(),
                    "health",
                    "node port " + check.port(),
                    "",
                    "",
                    "",
                    check.localEndpoints() + " on this node"));
        }
        return table.lines();
    }

    private static String words(Action action) {
        return switch (action) {
            case Action.Forward forward ->
                forward.pool().size()
                        + (forward.pool().size() == 1 ? " endpoint, " : " endpoints, ")
                        + (forward.masquerade() ? "as the node" : "as itself");
            case Action.Drop _ -> "no answer";
            case Action.Reject _ -> "refused";
            case Action.Pass _ -> "left to the host";
        };
    }

    private static String limits(Rule rule) {
        final List<String> limits = new ArrayList<>();
        if (!rule.allowedSources().isEmpty()) {
            limits.add("only "
                    + String.join(
                            ", ",
                            rule.allowedSources().stream().map(Object::toString).toList()));
        }
        rule.affinity().ifPresent(time -> limits.add("affinity " + time.toSeconds() + " s"));
        if (rule.balancing() != Balancing.RANDOM) {
            limits.add(rule.balancing().text());
        }
        rule.proxyHeader().ifPresent(header -> limits.add("PROXY protocol " + header.text()));
        return limits.isEmpty() ? "-" : String.join("; ", limits);
    }
}
