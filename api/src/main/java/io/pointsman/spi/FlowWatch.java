package io.pointsman.spi;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Reports connections as they open and close, from the time it was opened. Used by one thread. It slows no connection down:
 * events that a slow reader misses are lost, and counted.
 */
public interface FlowWatch extends AutoCloseable {
    /**
     * Passes on the events since the last call, in order.
     *
     * @param patience longest time to wait for the first event
     * @throws BackendException if it can't go on
     */
    void next(Duration patience, Consumer<FlowChange> changes) throws BackendException;

    /** Returns how often events were lost; each time may be many connections. */
    long losses();

    @Override
    void close();
}
