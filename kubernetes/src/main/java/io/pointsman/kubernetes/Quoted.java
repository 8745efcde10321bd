package io.pointsman.kubernetes;

/** Text from outside, made fit for a message: on one line, and not longer than a reader bears. */
public final class Quoted {
    private static final int MAX_LENGTH = 120;

    private Quoted() {}

    /** The text in double quotes. */
    public static String of(String text) {
        return '"' + plain(text) + '"';
    }

    /** The text without quotes; control characters, which could forge lines of a log, are written as escapes. */
    public static String plain(String text) {
        final StringBuilder out = new StringBuilder(Math.min(text.length(), MAX_LENGTH) + 2);
        for (int i = 0; i < text.length() && i < MAX_LENGTH; i++) {
            final char c = text.charAt(i);
            if (Character.isISOControl(c)
                    || Character.getType(c) == Character.FORMAT
                    || c == '\u2028'
                    || c == '\u2029') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return text.length() > MAX_LENGTH ? out.append('…').toString() : out.toString();
    }
}
