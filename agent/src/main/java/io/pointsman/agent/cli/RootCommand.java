package io.pointsman.agent.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pointsman} without a command: lists the commands. */
@Command(
        name = "pointsman",
        mixinStandardHelpOptions = true,
        version = "Pointsman 0.1.0",
        description = "A node's service proxy: forwards virtual addresses of Services to their endpoints.")
final class RootCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Say what to do: " + String.join(", ", spec.subcommands().keySet()) + ".");
    }
}
