package io.pointsman.kubernetes.yaml;

import io.pointsman.kubernetes.UnreadableException;
import org.jspecify.annotations.Nullable;

/**
 * A manifest as a sequence of tokens, YAML or JSON. After {@link #nextDocument} returns true, {@link #next} returns the
 * tokens of one value; it must not be called after them until the next document. The other methods describe the last token.
 * Not thread-safe.
 */
public interface Tokens {
    public enum Token {
        MAPPING_START,
        MAPPING_END,
        SEQUENCE_START,
        SEQUENCE_END,
        SCALAR,
        /** A reference to the value of an anchor, whose name is the text. */
        ALIAS
    }

    boolean nextDocument() throws UnreadableException;

    Token next() throws UnreadableException;

    /** Skips the rest of the value that starts with the last token; optional. */
    default void skipRest(Token start) throws UnreadableException {
        throw new UnsupportedOperationException("can't skip from " + start);
    }

    /** Returns the line, counted from 1. */
    int line();

    /** Returns the text of a scalar without quotes, or the anchor's name of an alias. */
    String text() throws UnreadableException;

    Tree.Type type();

    /** Returns the anchor on a value; null for none. */
    default @Nullable String anchor() {
        return null;
    }

    /** Returns why the token makes its object invalid, such as an unknown tag; null for none. */
    default @Nullable String flaw() {
        return null;
    }
}
