package io.pointsman.kubernetes;

/** An object that can't be used. The message says which field, its value and what is allowed. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;

    /** @param line of the field, 0 if unknown */
    public RefusedException(int line, String message) {
        super(message, null, false, false); // thousands may be wrong in one file, and nobody reads where it was thrown
        this.line = line;
    }

    public int line() {
        return line;
    }
}
