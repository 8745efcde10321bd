package io.pointsman.examples.sourceip.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;

/** What is printed while the lab runs, and the wait between steps if there is one. */
final class Progress {
    private final PrintWriter out;
    private final BufferedReader in;
    private final boolean stepwise;
    private final long startNanos = System.nanoTime();

    /** @param stepwise whether to wait for Enter before each step */
    Progress(PrintWriter out, BufferedReader in, boolean stepwise) {
        this.out = out;
        this.in = in;
        this.stepwise = stepwise;
    }

    void say(String text) {
        out.printf("%6.1f s  %s%n", (System.nanoTime() - startNanos) / 1e9, text);
        out.flush();
    }

    void plain(String text) {
        out.println(text);
        out.flush();
    }

    void section(String mode, String section) {
        out.println();
        say(mode + ": " + section);
    }

    /** Before a step: what will be run. */
    void next(String what, String family, String command) throws IOException {
        if (stepwise) {
            out.printf("          next: %s (%s)%n                %s%n          Enter goes on ", what, family, command);
            out.flush();
            if (in.readLine() == null) {
                out.println();
            }
        }
    }

    void done(StepResult step) {
        say("%s %-4s %s"
                .formatted(mark(step.verdict()), step.family().equals("both") ? "" : step.family(), step.what()));
        out.println("              $ " + step.command());
        if (step.isPassed()) {
            out.println("              " + step.observed());
        } else {
            out.println("              expected " + step.expected());
            out.println("              observed " + step.observed());
        }
        step.journey().ifPresent(journey -> journey.differences()
                .forEach(difference -> out.println("              captured otherwise: " + difference)));
        out.flush();
    }

    private static String mark(StepResult.Verdict verdict) {
        return switch (verdict) {
            case PASSED -> "pass";
            case FAILED -> "FAIL";
            case SKIPPED -> "skip";
        };
    }

    double seconds() {
        return (System.nanoTime() - startNanos) / 1e9;
    }
}
