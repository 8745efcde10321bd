package io.pointsman.linux.ownership;

import java.util.Objects;
import java.util.function.Function;

/**
 * A kind of objects that a backend owns, and its format in a {@link Ledger}.
 *
 * @param type of the objects
 * @param word first word of each line, without a blank; empty for the only kind of a ledger
 * @param write formats the rest of the line; without line feeds
 * @param read parses the rest of the line; throws {@link IllegalArgumentException} if it is malformed
 */
public record Kind<T>(Class<T> type, String word, Function<T, String> write, Function<String, T> read) {
    public Kind {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(write, "write");
        Objects.requireNonNull(read, "read");
        if (word.indexOf(' ') >= 0) {
            throw new IllegalArgumentException("\"" + word + "\" is more than a word");
        }
    }

    /** Returns the start of this kind's lines. */
    String start() {
        return word.isEmpty() ? "" : word + " ";
    }

    T cast(Object thing) {
        return type.cast(thing);
    }
}
