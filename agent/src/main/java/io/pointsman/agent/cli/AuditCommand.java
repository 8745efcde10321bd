package io.pointsman.agent.cli;

import io.pointsman.agent.look.FlowFilter;
import io.pointsman.agent.look.PlanReader;
import io.pointsman.model.ConfigException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pointsman audit}: compares the kernel's decisions with the engine's as connections come. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = "Has the engine check each new connection that the kernel forwards for a Service, and shows"
                + " those that it would have forwarded in another way: to another endpoint, or with another source"
                + " address. Changes nothing. For modes in which the kernel forwards.",
        footer = {"", "Exit code with --limit: 0 all were as the engine decides, 1 some were not."})
final class AuditCommand implements Callable<Integer> {
    /** Mode that has no kernel decisions to audit: the engine itself decides there. */
    private static final String ENGINE_MODE = "userspace";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Option(names = "--follow", description = "Checks new connections until it is stopped (Ctrl-C).")
    private boolean follow;

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            description = "Ends after this many connections (default: never).")
    private @Nullable Long limit;

    static CommandLine create() {
        final CommandLine command = new CommandLine(new AuditCommand()).setUsageHelpWidth(100);
        SettingOptions.add(command.getCommandSpec(), LookOptions.OF_AN_AGENT);
        return command;
    }

    @Override
    public Integer call() throws ConfigException {
        if (!follow) {
            throw new ConfigException("audit: only new connections can be checked; give --follow");
        }
        final RunningAgent agent =
                LookOptions.of(spec.commandLine().getParseResult()).agent();
        final PlanReader inForce = agent.plan();
        if (inForce.mode().equals(ENGINE_MODE)) {
            throw new ConfigException("mode " + ENGINE_MODE
                    + ": the engine itself decides connections, so there are no decisions of the kernel to audit");
        }
        final PrintWriter out = spec.commandLine().getOut();
        try (Auditor auditor = new Auditor(agent, inForce.plan(), out, limit)) {
            agent.follow(FlowFilter.parse(Map.of()), auditor);
            out.println(auditor.summary());
            return auditor.isClean() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
    }
}
