package io.pointsman.model;

/**
 * Text from outside, for a log or a terminal: what would begin a new line, move the cursor or turn the direction of writing
 * is replaced by its escape as Java and JSON write it. Everything else stays as it is, backslashes too.
 */
public final class PrintableText {
    private PrintableText() {}

    /** On one line: line breaks are replaced, too. */
    public static String of(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isUnsafe(text.charAt(i))) {
                return replaced(text, i);
            }
        }
        return text;
    }

    private static String replaced(String text, int from) {
        final StringBuilder printable = new StringBuilder(text.length() + 16).append(text, 0, from);
        for (int i = from; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (isUnsafe(c)) {
                printable.append(escape(c));
            } else {
                printable.append(c);
            }
        }
        return printable.toString();
    }

    /**
     * Controls (C0, DEL, C1), line and paragraph separators, and format characters, among them those that turn the direction
     * of writing. All of them are in the Basic Multilingual Plane, but for some that no terminal acts on.
     */
    private static boolean isUnsafe(char c) {
        if (c >= ' ' && c < 0x7F) {
            return false;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    private static String escape(char c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> String.format("\\u%04x", (int) c);
        };
    }
}
