package io.pointsman.agent.control;

import io.pointsman.spi.BackendException;
import java.io.IOException;

/** Replies to requests, each on its client's thread, several at a time. */
@FunctionalInterface
public interface ControlResponder {
    /**
     * Writes the lines of a reply.
     *
     * @throws UnknownPathException if there is nothing at the path
     * @throws IllegalArgumentException for an invalid parameter; says what is allowed
     * @throws BackendException if the data plane can't be read
     * @throws IOException if the client is gone
     */
    void respond(ControlRequest request, ControlAnswer answer)
            throws UnknownPathException, BackendException, IOException;

    /** The request's path does not exist. */
    final class UnknownPathException extends Exception {
        private static final long serialVersionUID = 1;

        /** @param message the paths that exist */
        public UnknownPathException(String message) {
            super(message);
        }
    }
}
