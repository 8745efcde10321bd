package io.pointsman.agent.log;

import io.pointsman.model.PrintableText;
import java.util.stream.Collectors;

/** Text from outside, for a log or a terminal, with {@linkplain PrintableText escapes} for what either would act on. */
public final class Quoted {
    private Quoted() {}

    /** On one line: line breaks are replaced, too. */
    public static String line(String text) {
        return PrintableText.of(text);
    }

    /** On as many lines as it has. Those after the first are indented, so that none can pass for a line of its own. */
    public static String lines(String text) {
        return text.lines()
                .map(Quoted::line)
                .map(line -> line.startsWith("  ") ? line : "  " + line)
                .collect(Collectors.joining("\n"))
                .stripLeading();
    }
}
