package io.pointsman.kubernetes.yaml;

import io.pointsman.kubernetes.UnreadableException;
import org.jspecify.annotations.Nullable;

/**
 * A manifest as a run of tokens, YAML or JSON. After {@link #nextDocument} said yes, {@link #next} gives those of one value
 * and then must not be called again before the next document. The other methods tell about the last token. Not thread-safe.
 */
public interface Tokens {
    public enum Token {
        MAPPING_START,
        MAPPING_END,
        SEQUENCE_START,
        SEQUENCE_END,
        SCALAR,
        /** Stands for the value of an anchor, whose name is the text. */
        ALIAS
    }

    boolean nextDocument() throws UnreadableException;

    Token next() throws UnreadableException;

    /** Passes over the rest of the value that starts with the last token; not every kind of text can. */
    default void skipRest(Token start) throws UnreadableException {
        throw new UnsupportedOperationException("can't skip from " + start);
    }

    /** Counted from 1. */
    int line();

    /** Of a scalar, without quotes; of an alias the anchor's name. */
    String text() throws UnreadableException;

    Tree.Type type();

    /** The anchor on a value. */
    default @Nullable String anchor() {
        return null;
    }

    /** What about the token makes its object unusable, such as a tag that nobody here knows. */
    default @Nullable String flaw() {
        return null;
    }
}
