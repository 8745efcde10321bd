package io.pointsman.kubernetes;

import io.pointsman.model.PrintableText;

/** Quotes text from outside for a message: on one line, cut to 120 characters. */
public final class Quoted {
    private static final int MAX_LENGTH = 120;

    private Quoted() {}

    /** Returns the text in double quotes. */
    public static String of(String text) {
        return '"' + plain(text) + '"';
    }

    /** Returns the text without quotes; control characters, which could forge lines of a log, are escaped. */
    public static String plain(String text) {
        return text.length() > MAX_LENGTH
                ? PrintableText.of(text.substring(0, MAX_LENGTH)) + '…'
                : PrintableText.of(text);
    }
}
