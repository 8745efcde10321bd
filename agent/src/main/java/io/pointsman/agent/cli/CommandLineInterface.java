package io.pointsman.agent.cli;

import io.pointsman.agent.log.Quoted;
import io.pointsman.agent.log.StackTrace;
import io.pointsman.model.PointsmanException;
import java.io.PrintStream;
import java.io.PrintWriter;
import picocli.CommandLine;

/** The words after {@code pointsman}, and what becomes of them. */
public final class CommandLineInterface {
    private CommandLineInterface() {}

    /**
     * Does what the arguments say, until it is done or the process is told to end.
     *
     * @return the exit status: 0 done, 1 failed, 2 not understood, 3 an agent that could not go on
     */
    public static int run(String[] args, PrintStream out, PrintStream err) {
        final PrintWriter toOut = new QuotingWriter(out);
        final PrintWriter toErr = new QuotingWriter(err);
        final CommandLine commands = new CommandLine(new RootCommand())
                .addSubcommand(RunCommand.create())
                .addSubcommand(new BackendsCommand())
                .addSubcommand(ExplainCommand.create())
                .addSubcommand(StatCommand.create())
                .addSubcommand(CleanupCommand.create())
                .setOut(toOut)
                .setErr(toErr)
                .setUsageHelpWidth(100)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, _, _) -> report(failure, toErr));
        final int status = commands.execute(args);
        toOut.flush();
        toErr.flush();
        return status;
    }

    /** What the user can mend is told in a sentence, anything else with where it happened. */
    private static int report(Exception failure, PrintWriter err) {
        if (failure instanceof PointsmanException) {
            // A list of backends and why none can run, say, takes several lines.
            err.print(Quoted.lines("pointsman: " + failure.getMessage()) + "\n");
        } else {
            err.println("pointsman: failed unexpectedly");
            err.print(StackTrace.of(failure) + "\n");
        }
        return CommandLine.ExitCode.SOFTWARE;
    }
}
