package io.pointsman.agent.cli;

import io.pointsman.agent.log.Quoted;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What commands print by: a line is one line, whatever is in it, and what a format takes in can't break out of its place.
 * {@link #print(String)} prints as it is; it is for what holds nothing from outside, or quotes by itself as JSON does.
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
