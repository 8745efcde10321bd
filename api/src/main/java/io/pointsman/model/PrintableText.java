package io.pointsman.model;

/**
 * Makes text from outside safe for a log or a terminal: characters that start a new line, move the cursor or change the
 * writing direction are replaced by their escapes, as in Java and JSON. All else, backslashes too, stays as it is.
 */
public final class PrintableText {
    private PrintableText() {}

    /** Replaces all unsafe characters, line breaks included, so that the result is one line. */
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
     * Whether a character is a control (C0, DEL, C1), a line or paragraph separator, or a format character, such as one that
     * changes the writing direction. All are in the Basic Multilingual Plane, except some that no terminal acts on.
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
