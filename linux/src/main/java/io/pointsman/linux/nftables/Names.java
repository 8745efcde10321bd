package io.pointsman.linux.nftables;

import java.nio.charset.StandardCharsets;

/** What names and comments may be that are written: such as {@code nft} can print and read again. */
final class Names {
    /** The kernel's NFT_NAME_MAXLEN holds a zero byte besides. */
    static final int MAX_NAME_BYTES = 255;

    /** A longer one is an error to {@code nft}, though not to the kernel. */
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
     * As the scanner of {@code nft} has it; that a name is one of its keywords can't be told here. No regular expression, for
     * there may be a hundred thousand in a row.
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

    /** No quote and nothing that a terminal obeys: {@code nft} prints comments as they are. */
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
