package io.pointsman.agent.log;

import org.jspecify.annotations.Nullable;

/** A throwable with its stack trace and causes; messages are quoted, as they may hold text from outside. */
public final class StackTrace {
    /** Maximum depth of nested causes and suppressed exceptions; also ends a cycle of causes. */
    private static final int MAX_DEPTH = 16;

    private StackTrace() {}

    /** Returns several lines, the first of which names the throwable; no line break at the end. */
    public static String of(Throwable thrown) {
        final StringBuilder text = new StringBuilder();
        append(text, "", thrown, 0);
        return text.toString();
    }

    private static void append(StringBuilder text, String caption, @Nullable Throwable thrown, int depth) {
        if (thrown == null) {
            return;
        }
        text.append(caption).append(Quoted.line(thrown.toString()));
        if (depth == MAX_DEPTH) {
            text.append(" …");
            return;
        }
        for (StackTraceElement frame : thrown.getStackTrace()) {
            text.append("\n\tat ").append(frame);
        }
        for (Throwable suppressed : thrown.getSuppressed()) {
            append(text, "\n\tSuppressed: ", suppressed, depth + 1);
        }
        append(text, "\nCaused by: ", thrown.getCause(), depth + 1);
    }
}
