package io.pointsman.kubernetes;

/** An object that can't be used. The message says which field, its value and what is allowed. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;

    /** @param line line of the field, 0 if unknown */
    public RefusedException(int line, String message) {
        super(message, null, false, false); // one file may have thousands, and no one reads their stack traces
        this.line = line;
    }

    public int line() {
        return line;
    }
}
