package io.pointsman.agent.cli;

import io.pointsman.agent.log.Quoted;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Output of commands that quotes control characters: a line stays one line, and format arguments can't leave their place.
 * {@link #print(String)} does not quote; use it for text without input from outside, or that is quoted, as JSON is.
 */
final class QuotingWriter extends PrintWriter {
    QuotingWriter(PrintStream out) {
        super(out, true, StandardCharsets.UTF_8);
    }

    @Override
    public void println(@Nullable String line) {
        super.println(Quoted.line(String.valueOf(line)));
    }

    @Override
    public PrintWriter printf(String format, @Nullable Object... arguments) {
        return super.printf(
                format, Arrays.stream(arguments).map(QuotingWriter::quoted).toArray());
    }

    private static @Nullable Object quoted(@Nullable Object argument) {
        return argument == null || argument instanceof Number ? argument : Quoted.line(argument.toString());
    }
}
