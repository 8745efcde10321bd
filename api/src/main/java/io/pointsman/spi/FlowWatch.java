package io.pointsman.spi;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Tells of connections as they come and go, from when it was opened. One thread. It slows nobody down: what a slow reader
 * leaves is lost, and counted.
 */
public interface FlowWatch extends AutoCloseable {
    /**
     * Hands on what happened since, in order; waits for the first so long at most.
     *
     * @throws BackendException when it can't go on
     */
    void next(Duration patience, Consumer<FlowChange> changes) throws BackendException;

    /** How often something was lost: one time may be many connections. */
    long losses();

    @Override
    void close();
}
