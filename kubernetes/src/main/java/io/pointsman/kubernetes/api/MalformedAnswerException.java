package io.pointsman.kubernetes.api;

import java.io.IOException;

/** A response from an API server that violates the protocol or exceeds a limit. */
public final class MalformedAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    public MalformedAnswerException(String message) {
        super(message);
    }

    public MalformedAnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}
