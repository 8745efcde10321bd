package io.pointsman.testkit.uml;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Result of one test inside: a line of the results file, with fields separated by tabs.
 *
 * @param path display names, the test class first
 * @param text reason for a failure (with stack trace) or a skip, or the text of a report; otherwise empty
 */
record UmlResult(Kind kind, List<String> path, String text) {
    enum Kind {
        /** The test has started; its result may be missing. */
        STARTED,
        /** A report of a running test. */
        REPORT,
        PASSED,
        FAILED,
        SKIPPED
    }

    UmlResult {
        Objects.requireNonNull(kind, "kind");
        path = List.copyOf(path);
        Objects.requireNonNull(text, "text");
        if (path.isEmpty()) {
            throw new IllegalArgumentException("a result of no test");
        }
    }

    String line() {
        final StringBuilder line = new StringBuilder(kind.name());
        line.append('\t').append(escaped(text));
        path.forEach(name -> line.append('\t').append(escaped(name)));
        return line.append('\n').toString();
    }

    /** Parses a line; empty for a line that is not a result, such as one cut short. */
    static Optional<UmlResult> parse(String line) {
        final String[] fields = line.split("\t", -1);
        if (fields.length < 3) {
            return Optional.empty();
        }
        for (Kind kind : Kind.values()) {
            if (kind.name().equals(fields[0])) {
                final List<String> path = new ArrayList<>();
                for (int i = 2; i < fields.length; i++) {
                    path.add(unescaped(fields[i]));
                }
                return Optional.of(new UmlResult(kind, path, unescaped(fields[1])));
            }
        }
        return Optional.empty();
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t");
    }

    private static String unescaped(String text) {
        final StringBuilder plain = new StringBuilder(text.length());
        boolean isEscape = false;
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (c == '\\' && !isEscape) {
                isEscape = true;
            } else {
                plain.append(isEscape ? meant(c) : c);
                isEscape = false;
            }
        }
        return plain.toString();
    }

    private static char meant(char escaped) {
        return switch (escaped) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> escaped;
        };
    }
}
