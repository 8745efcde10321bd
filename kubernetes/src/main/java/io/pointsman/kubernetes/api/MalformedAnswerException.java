package io.pointsman.kubernetes.api;

import java.io.IOException;

/** What an API server sent is not what the protocol says, or more than is taken. */
public final class MalformedAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    public MalformedAnswerException(String message) {
        super(message);
    }

    public MalformedAnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}
