package io.pointsman.model;

import io.pointsman.spi.BackendException;

/**
 * A failure of the outside world. Its message says what was wrong, where, what state it left and what to do; misuse of a
 * method is an {@link IllegalArgumentException} or {@link IllegalStateException} instead.
 */
public abstract sealed class PointsmanException extends Exception permits ConfigException, BackendException {
    private static final long serialVersionUID = 1L;

    protected PointsmanException(String message) {
        super(message);
    }

    protected PointsmanException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Never null. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
