package io.pointsman.linux.program;

import java.util.Objects;

/** Exit code and output of a program. */
public record ProgramResult(int exitCode, String output, String errors) {
    public ProgramResult {
        Objects.requireNonNull(output, "output");
        Objects.requireNonNull(errors, "errors");
    }

    public boolean isSuccess() {
        return exitCode == 0;
    }

    /** Returns the program's error output on one line, or its exit code if it printed none. */
    public String complaint() {
        final String text = errors.strip().replaceAll("\\s*\\R\\s*", "; ");
        return text.isEmpty() ? "exit code " + exitCode : text;
    }
}
