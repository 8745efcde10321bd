package io.pointsman.linux.iptables;

/**
 * Comments on rules. Their text comes from outside, so only characters known to be harmless are allowed, rather than all not
 * known to be harmful: iptables-restore splits at blanks and interprets quotes and backslashes.
 */
public final class Comments {
    /**
     * Maximum length of a comment. Shorter than the kernel's 255 ({@code XT_MAX_COMMENT_LEN}), so that listings stay
     * readable.
     */
    public static final int MAX_LENGTH = 128;

    private Comments() {}

    /** Returns the match that carries a comment, with a blank at the end; empty for an empty text. */
    public static String match(String text) {
        if (text.isEmpty()) {
            return "";
        }
        final String clean = clean(text);
        // As iptables-save prints it (xtables_save_string): quoted if it has more than letters, digits, "_" and "-".
        final boolean isQuoted = clean.indexOf('.') >= 0 || clean.indexOf('/') >= 0 || clean.indexOf(':') >= 0;
        return "-m comment --comment " + (isQuoted ? "\"" + clean + "\"" : clean) + " ";
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
