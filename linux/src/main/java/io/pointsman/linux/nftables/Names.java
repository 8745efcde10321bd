package io.pointsman.linux.nftables;

import java.nio.charset.StandardCharsets;

/** Checks names and comments before they are written: {@code nft} must be able to print and read them back. */
final class Names {
    /** Most bytes of a name: the kernel's NFT_NAME_MAXLEN includes a zero byte. */
    static final int MAX_NAME_BYTES = 255;

    /** Most bytes of a comment: {@code nft} rejects a longer one, though the kernel does not. */
    static final int MAX_COMMENT_BYTES = 128;

    private Names() {}

    static String name(String of, String name) {
        if (!isName(name)) {
            throw new IllegalArgumentException("a " + of + " of nf_tables named " + quoted(name)
                    + ": not a letter, then at most 254 letters, digits, / _ . -");
        }
        return name;
    }

    /**
     * Whether the scanner of {@code nft} reads this as a name. Does not detect {@code nft}'s keywords. Uses no regular
     * expression, because up to a hundred thousand names are checked in a row.
     */
    private static boolean isName(String name) {
        final int length = name.length();
        if (length == 0 || length > MAX_NAME_BYTES || !isFirst(name.charAt(0))) {
            return false;
        }
        for (int i = 1; i < length; i++) {
            final char c = name.charAt(i);
            if (!isFirst(c) && (c < '0' || c > '9') && c != '/' && c != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isFirst(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
    }

    /** Returns a comment without quotes and control characters: {@code nft} prints comments as they are. */
    static String comment(String comment) {
        if (comment.getBytes(StandardCharsets.UTF_8).length > MAX_COMMENT_BYTES
                || comment.chars().anyMatch(c -> Character.isISOControl(c) || c == '"' || c == '\\')) {
            throw new IllegalArgumentException("the comment " + quoted(comment) + ": longer than " + MAX_COMMENT_BYTES
                    + " bytes, or with a quote, backslash or control character");
        }
        return comment;
    }

    private static String quoted(String text) {
        final StringBuilder quoted = new StringBuilder("\"");
        text.chars().limit(300).forEach(c -> {
            if (Character.isISOControl(c) || c == '"' || c == '\\') {
                quoted.append(String.format("\\u%04x", c));
            } else {
                quoted.append((char) c);
            }
        });
        return quoted.append('"').toString();
    }
}
