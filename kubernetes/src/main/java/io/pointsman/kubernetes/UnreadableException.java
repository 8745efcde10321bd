package io.pointsman.kubernetes;

import org.jspecify.annotations.Nullable;

/** A manifest that can't be read at all: not a matter of one object, so nothing of it may be used. */
public final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;

    /** Line 0: of no line in particular. */
    public UnreadableException(int line, String message) {
        this(line, message, null);
    }

    public UnreadableException(int line, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.line = line;
    }

    public int line() {
        return line;
    }
}
