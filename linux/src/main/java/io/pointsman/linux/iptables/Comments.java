package io.pointsman.linux.iptables;

/**
 * Comments on rules. What they hold comes from outside, so a character gets in because it is known to be harmless, never
 * because nobody knew of harm: iptables-restore splits at blanks and heeds quotes and backslashes.
 */
public final class Comments {
    /** Shorter than the kernel's 255 ({@code XT_MAX_COMMENT_LEN}), so that listings stay readable. */
    public static final int MAX_LENGTH = 128;

    private Comments() {}

    /** The match that carries the comment, with a blank behind; nothing for an empty text. */
    public static String match(String text) {
        if (text.isEmpty()) {
            return "";
        }
        final String clean = clean(text);
        // as iptables-save prints it (xtables_save_string): quoted when it has more than letters, digits, "_" and "-"
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
