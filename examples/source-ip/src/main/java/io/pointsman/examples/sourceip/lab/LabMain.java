package io.pointsman.examples.sourceip.lab;

import picocli.CommandLine;

/** {@code ./pointsman lab}. */
public final class LabMain {
    private LabMain() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new LabCommand())
                .setUsageHelpWidth(100)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }
}
