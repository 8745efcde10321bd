package io.pointsman.kubernetes;

import io.pointsman.model.PrintableText;

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
        return text.length() > MAX_LENGTH
                ? PrintableText.of(text.substring(0, MAX_LENGTH)) + '…'
                : PrintableText.of(text);
    }
}
