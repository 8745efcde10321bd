package io.pointsman.agent;

import io.pointsman.agent.cli.CommandLineInterface;
import io.pointsman.agent.log.QuotingProvider;

/** Entry point of the process. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        QuotingProvider.use();
        System.exit(CommandLineInterface.run(args, System.out, System.err));
    }
}
