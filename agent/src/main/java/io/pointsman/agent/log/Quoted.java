package io.pointsman.agent.log;

import io.pointsman.model.PrintableText;
import java.util.stream.Collectors;

/** Text from outside, made safe for a log or a terminal by {@linkplain PrintableText escapes}. */
public final class Quoted {
    private Quoted() {}

    /** Quotes text to one line: line breaks are replaced, too. */
    public static String line(String text) {
        return PrintableText.of(text);
    }

    /**
     * Quotes text, keeping its line breaks. Lines after the first are indented, so that none looks like an entry of its
     * own.
     */
    public static String lines(String text) {
        return text.lines()
                .map(Quoted::line)
                .map(line -> line.startsWith("  ") ? line : "  " + line)
                .collect(Collectors.joining("\n"))
                .stripLeading();
    }
}
