package io.pointsman.spi;

import io.pointsman.model.PointsmanException;

/** A backend could not do what was asked. The message says what is still in force. */
public final class BackendException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    public BackendException(String message) {
        super(message);
    }

    public BackendException(String message, Throwable cause) {
        super(message, cause);
    }
}
