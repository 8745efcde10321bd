package io.pointsman.agent.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pointsman completion}: prints a shell script that completes {@code pointsman} commands and options. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Prints a script that has bash, or zsh, complete commands and options.",
        footer = {
            "",
            "For this shell:    source <(./pointsman completion)",
            "For each of bash:  ./pointsman completion >/etc/bash_completion.d/pointsman"
        })
final class CompletionCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Override
    public Integer call() {
        final PrintWriter out = spec.commandLine().getOut();
        out.print(AutoComplete.bash("pointsman", spec.root().commandLine()));
        out.flush();
        return 0;
    }
}
