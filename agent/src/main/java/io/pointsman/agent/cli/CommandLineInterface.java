package io.pointsman.agent.cli;

import io.pointsman.agent.log.Quoted;
import io.pointsman.agent.log.StackTrace;
import io.pointsman.model.PointsmanException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;

/** The command line of {@code pointsman}: finds the command and runs it. */
public final class CommandLineInterface {
    private static final String COMPLETION = "completion";

    /** Commands by name, each with a supplier of its picocli model. */
    private static final Map<String, Supplier<CommandLine>> COMMANDS = commands();

    private CommandLineInterface() {}

    private static Map<String, Supplier<CommandLine>> commands() {
        final Map<String, Supplier<CommandLine>> commands = new LinkedHashMap<>(); // in the order of the help
        commands.put("run", RunCommand::create);
        commands.put("backends", () -> new CommandLine(new BackendsCommand()));
        commands.put("doctor", DoctorCommand::create);
        commands.put("explain", ExplainCommand::create);
        commands.put("services", ServicesCommand::create);
        commands.put("flows", FlowsCommand::create);
        commands.put("plan", PlanCommand::create);
        commands.put("audit", AuditCommand::create);
        commands.put("stat", StatCommand::create);
        commands.put("cleanup", CleanupCommand::create);
        commands.put(COMPLETION, () -> new CommandLine(new CompletionCommand()));
        return commands;
    }

    /**
     * Runs a command until it is done or the process is asked to end.
     *
     * @return the exit status: 0 done, 1 failed, 2 not understood, 3 an agent that could not go on
     */
    public static int run(String[] args, PrintStream out, PrintStream err) {
        final PrintWriter toOut = new QuotingWriter(out);
        final PrintWriter toErr = new QuotingWriter(err);
        final CommandLine commands = commandLine(args)
                .setOut(toOut)
                .setErr(toErr)
                .setUsageHelpWidth(100)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, _) -> {
                    report(failure, toErr);
                    return command.getCommandSpec().exitCodeOnExecutionException();
                });
        final int status = commands.execute(args);
        toOut.flush();
        toErr.flush();
        return status;
    }

    /** Builds the model of the requested command only, if possible: building all of them slows the start. */
    private static CommandLine commandLine(String[] args) {
        final CommandLine root = new CommandLine(new RootCommand());
        final Supplier<CommandLine> asked = args.length == 0 ? null : COMMANDS.get(args[0]);
        if (asked == null || args[0].equals(COMPLETION)) { // the completion script lists all commands
            COMMANDS.forEach((name, command) -> root.addSubcommand(name, command.get()));
        } else {
            root.addSubcommand(args[0], asked.get());
        }
        return root;
    }

    /** Prints an error that the user can correct as a sentence, any other with its stack trace. */
    private static void report(Exception failure, PrintWriter err) {
        if (failure instanceof PointsmanException) {
            // The message may have several lines, such as a list of backends and why none can run.
            err.print(Quoted.lines("pointsman: " + failure.getMessage()) + "\n");
        } else {
            err.println("pointsman: failed unexpectedly");
            err.print(StackTrace.of(failure) + "\n");
        }
    }
}
