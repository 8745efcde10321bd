package io.pointsman.lab;

import java.io.IOException;
import picocli.CommandLine;

/** Main program of {@code ./pointsman lab}. */
public final class LabMain {
    private LabMain() {}

    /** Reports an external failure, such as an unwritable file, in one line; a bug with its stack trace. */
    private static int tell(Exception e, CommandLine commandLine, CommandLine.ParseResult parsed) throws Exception {
        if (!(e instanceof IOException)) {
            throw e;
        }
        commandLine.getErr().println("pointsman lab: " + e);
        return commandLine.getCommandSpec().exitCodeOnExecutionException();
    }

    public static void main(String[] args) {
        System.exit(new CommandLine(new LabCommand())
                .setUsageHelpWidth(100)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(LabMain::tell)
                .execute(args));
    }
}
