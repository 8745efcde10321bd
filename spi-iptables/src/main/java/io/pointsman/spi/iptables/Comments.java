package io.pointsman.spi.iptables;

/**
 * Comments on rules. What they hold comes from outside, so a character gets in because it is known to be harmless, never
 * because nobody knew of harm: iptables-restore splits at blanks and heeds quotes and backslashes.
 */
final class Comments {
    /** Shorter than the kernel's 255 ({@code XT_MAX_COMMENT_LEN}), so that listings stay readable. */
    static final int MAX_LENGTH = 128;

    private Comments() {}

    /** The match that carries the comment, with a blank behind; nothing for an empty text. */
    static String match(String text) {
        if (text.isEmpty()) {
            return "";
        }
        // iptables-save quotes what is not of these letters, and "/" and ":" are in every Service's name
        return "-m comment --comment \"" + clean(text) + "\" ";
    }

    private static String clean(String text) {
        final int length = Math.min(text.length(), MAX_LENGTH);
        final StringBuilder out = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            final char c = text.charAt(i);
            final boolean harmless = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '.'
                    || c == '/'
                    || c == ':';
            out.append(harmless ? c : '_');
        }
        return out.toString();
    }
}
