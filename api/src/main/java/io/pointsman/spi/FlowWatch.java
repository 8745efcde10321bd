package io.pointsman.spi;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
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

    /**
     * Passes on the latest events since the last call, in order, and skips those before. For readers that can't show all of
     * them: a watch may wait for more of them than {@link #next} does, and leave the skipped ones unread.
     *
     * @param patience longest time to wait, for the first event and for more
     * @param limit most events to pass on, at least 1
     * @return number of events skipped; may be an estimate
     * @throws BackendException if it can't go on
     */
    default long latest(Duration patience, int limit, Consumer<FlowChange> changes) throws BackendException {
        final Deque<FlowChange> last = new ArrayDeque<>();
        final AtomicLong skipped = new AtomicLong();
        next(patience, change -> {
            if (last.size() == limit) {
                last.removeFirst();
                skipped.incrementAndGet();
            }
            last.addLast(change);
        });
        last.forEach(changes);
        return skipped.get();
    }

    /** Returns how often events were lost; each time may be many connections. */
    long losses();

    @Override
    void close();
}
