package io.pointsman.lab;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Prints progress while the lab runs, and waits between steps if asked to. Any thread may use it. */
final class Progress {
    /** Prompt while it waits. */
    static final String PROMPT = "Enter goes on";

    private static final String INDENT = "              ";

    private final PrintWriter out;
    private final Input in;
    private final boolean stepwise;
    private final long startNanos = System.nanoTime();

    /** Source of typed lines. */
    @FunctionalInterface
    interface Input {
        /** Waits for the end of a line. */
        void awaitLine() throws IOException;
    }

    /** @param stepwise whether to wait for Enter before each step */
    Progress(PrintWriter out, Input in, boolean stepwise) {
        this.out = out;
        this.in = in;
        this.stepwise = stepwise;
    }

    boolean isStepwise() {
        return stepwise;
    }

    void say(String text) {
        block(text, List.of());
    }

    /** Prints a line with the time, and further lines below it; no first line if {@code text} is empty. */
    synchronized void block(String text, List<String> lines) {
        if (!text.isEmpty()) {
            out.printf("%6.1f s  %s%n", seconds(), text);
        }
        lines.forEach(out::println);
        out.flush();
    }

    synchronized void section(String mode, String section) {
        out.println();
        say(mode + ": " + section);
    }

    /** Shows the next command before a step, and waits if stepwise. */
    void next(String what, String family, String command) throws IOException {
        if (stepwise) {
            block("", List.of("          next: " + what + " (" + family + ")", INDENT + "$ " + command));
            awaitEnter();
        }
    }

    void awaitEnter() throws IOException {
        block("", List.of("          " + PROMPT));
        in.awaitLine();
    }

    void done(String mode, StepResult step) {
        final List<String> lines = new ArrayList<>();
        lines.add(INDENT + "$ " + step.command());
        if (step.isPassed()) {
            lines.add(INDENT + step.observed());
        } else {
            lines.add(INDENT + "expected " + step.expected());
            lines.add(INDENT + "observed " + step.observed());
        }
        step.journey().ifPresent(journey -> journey.differences()
                .forEach(difference -> lines.add(INDENT + "captured otherwise: " + difference)));
        final String family = step.family().equals("both") ? "" : step.family();
        block("%s: %s %-4s %s".formatted(mode, mark(step.verdict()), family, step.what()), lines);
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
