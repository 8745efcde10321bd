package io.pointsman.agent.cli;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A terminal screen that can be redrawn. Used by one thread. */
final class Terminal {
    private static final File DEVICE = new File("/dev/tty");
    private static final int USUAL_LINES = 24;
    private static final int USUAL_COLUMNS = 80;
    private static final int PATIENCE_SECONDS = 2;
    /** ECMA-48: moves the cursor to the upper left corner. */
    private static final String HOME = "\u001b[H";

    private static final String CLEAR_REST_OF_LINE = "\u001b[K";
    private static final String CLEAR_REST = "\u001b[J";

    private Terminal() {}

    /** Returns the terminal; empty if standard input or output is none. */
    static Optional<Terminal> ofThisProcess() {
        return Optional.ofNullable(System.console()) // null again from JDK 25 on if it is no terminal
                .filter(Console::isTerminal)
                .map(_ -> new Terminal());
    }

    /** Shows as many lines as fit, cut at the right edge, and the number of those left out. */
    void show(List<String> lines, PrintWriter out) {
        final int[] size = size();
        final boolean isAll = lines.size() < size[0];
        final int shown = isAll ? lines.size() : size[0] - 2;
        final StringBuilder screen = new StringBuilder(HOME);
        for (String line : lines.subList(0, Math.max(0, shown))) {
            screen.append(line, 0, line.offsetByCodePoints(0, Math.min(line.codePointCount(0, line.length()), size[1])))
                    .append(CLEAR_REST_OF_LINE)
                    .append('\n');
        }
        if (!isAll) {
            screen.append("and ").append(lines.size() - shown).append(" more").append(CLEAR_REST_OF_LINE);
        }
        out.print(screen.append(CLEAR_REST));
        out.flush();
    }

    /** Returns the current number of lines and columns, from stty(1). */
    private static int[] size() {
        try {
            final Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(DEVICE)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (stty.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                final String[] words = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                        .strip()
                        .split(" ", -1);
                if (words.length == 2 && Integer.parseInt(words[0]) > 2 && Integer.parseInt(words[1]) > 0) {
                    return new int[] {Integer.parseInt(words[0]), Integer.parseInt(words[1])};
                }
            }
            stty.destroyForcibly();
        } catch (IOException | NumberFormatException _) {
            // no stty, or a terminal of unknown size: the usual size
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return new int[] {USUAL_LINES, USUAL_COLUMNS};
    }
}
