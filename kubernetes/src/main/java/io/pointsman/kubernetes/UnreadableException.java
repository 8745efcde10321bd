package io.pointsman.kubernetes;

import org.jspecify.annotations.Nullable;

/** A manifest that can't be read as a whole, so none of its objects is used. */
public final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;

    /** Creates one without a cause. Line 0 means no particular line. */
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
