package io.pointsman.linux.program;

import java.util.Objects;

/** What a program said. */
public record ProgramResult(int exitCode, String output, String errors) {
    public ProgramResult {
        Objects.requireNonNull(output, "output");
        Objects.requireNonNull(errors, "errors");
    }

    public boolean isSuccess() {
        return exitCode == 0;
    }

    /** What it complained of, on one line. */
    public String complaint() {
        final String text = errors.strip().replaceAll("\\s*\\R\\s*", "; ");
        return text.isEmpty() ? "exit code " + exitCode : text;
    }
}
