package io.pointsman.agent.control;

import io.pointsman.spi.BackendException;
import java.io.IOException;

/** Answers requests, each on a thread of its client's, several at a time. */
@FunctionalInterface
public interface ControlResponder {
    /**
     * Writes the lines of an answer.
     *
     * @throws UnknownPathException when there is nothing of that name
     * @throws IllegalArgumentException for a parameter that makes no sense; tells what is allowed
     * @throws BackendException when the data plane does not tell
     * @throws IOException when the client is gone
     */
    void respond(ControlRequest request, ControlAnswer answer)
            throws UnknownPathException, BackendException, IOException;

    /** There is nothing at a path. */
    final class UnknownPathException extends Exception {
        private static final long serialVersionUID = 1;

        /** @param message what there is instead */
        public UnknownPathException(String message) {
            super(message);
        }
    }
}
