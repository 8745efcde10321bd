package io.pointsman.linux.ownership;

import java.util.Objects;
import java.util.function.Function;

/**
 * One kind of things that a backend owns, and how a {@link Ledger} writes them.
 *
 * @param type of the things
 * @param word begins each line, without a blank; empty for the one kind of a ledger that has no others
 * @param write the rest of the line; no line feed
 * @param read what was written so; an {@link IllegalArgumentException} when nothing was
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

    /** What its lines begin with. */
    String start() {
        return word.isEmpty() ? "" : word + " ";
    }

    T cast(Object thing) {
        return type.cast(thing);
    }
}
