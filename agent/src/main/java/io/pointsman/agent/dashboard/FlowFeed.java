package io.pointsman.agent.dashboard;

import io.pointsman.agent.look.FlowFilter;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowWatch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest connections that came and went, for all open pages. A thread watches the backend only while a page shows
 * connections and for 5 s after, so that a page that reconnects its stream misses nothing. Thread-safe.
 */
final class FlowFeed implements AutoCloseable {
    private static final int KEPT = 1024;
    private static final Duration PATIENCE = Duration.ofMillis(200);
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long RETRY_MILLIS = 1000;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(FlowFeed.class);

    private final Source backend;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Deque<FlowChange> kept = new ArrayDeque<>(); // this and the following fields: guarded by this
    private @Nullable Thread thread;
    private Optional<String> trouble = Optional.empty();
    private int viewers;
    private long leftNanos;
    private long position;
    private long losses;

    /** Opens a watch of connections. */
    @FunctionalInterface
    interface Source {
        FlowWatch watch() throws BackendException;
    }

    /**
     * Changes since a position.
     *
     * @param position the position to ask from next
     * @param changes the latest ones that the filter admits, oldest first
     * @param leftOut number of changes not included: too many at once, or asked for too late; an estimate if the
     *     backend skipped some
     * @param losses number of times that the backend lost events since the watch began
     * @param trouble why connections can't be watched now
     */
    record Batch(long position, List<FlowChange> changes, long leftOut, long losses, Optional<String> trouble) {}

    FlowFeed(Source backend) {
        this.backend = backend;
    }

    /** Registers a page that shows connections. */
    synchronized void enter() {
        viewers++;
        if (thread == null && isOpen()) {
            trouble = Optional.empty();
            thread = Thread.ofPlatform()
                    .name("pointsman-dashboard-flows")
                    .daemon()
                    .start(this::run);
        }
    }

    /** Removes a page that showed connections. */
    synchronized void leave() {
        viewers--;
        leftNanos = System.nanoTime();
    }

    /** Returns the position of the next change. */
    synchronized long position() {
        return position;
    }

    /**
     * Returns the changes since a position.
     *
     * @param from a position; one that was never given out means now
     */
    synchronized Batch since(long from, FlowFilter filter, int limit) {
        final long asked = from < 0 || from > position ? position : from;
        final long first = Math.max(asked, position - kept.size());
        final List<FlowChange> admitted = kept.stream()
                .skip(kept.size() - (position - first))
                .filter(change -> filter.admits(change.flow()))
                .toList();
        final List<FlowChange> shown = admitted.subList(Math.max(0, admitted.size() - limit), admitted.size());
        return new Batch(position, shown, first - asked + admitted.size() - shown.size(), losses, trouble);
    }

    private void run() {
        while (!endsUnwanted()) {
            try (FlowWatch watch = backend.watch()) {
                begun();
                final List<FlowChange> changes = new ArrayList<>();
                while (isWanted()) {
                    final long skipped = watch.latest(PATIENCE, KEPT, changes::add);
                    add(changes, skipped, watch.losses());
                    changes.clear();
                }
            } catch (BackendException e) {
                pause(e.getMessage());
            } catch (RuntimeException e) {
                LOG.warn("dashboard: watching connections failed", e);
                pause("watching connections failed; the agent's log says why");
            }
        }
    }

    private boolean isOpen() {
        return closed.getCount() > 0;
    }

    private synchronized boolean isWanted() {
        return isOpen() && (viewers > 0 || System.nanoTime() - leftNanos < LINGER_NANOS);
    }

    /** Ends the watch if no page needs it; the next page starts another thread. */
    private synchronized boolean endsUnwanted() {
        if (isWanted()) {
            return false;
        }
        thread = null;
        kept.clear();
        return true;
    }

    private synchronized void begun() {
        trouble = Optional.empty();
        losses = 0;
    }

    private synchronized void add(List<FlowChange> changes, long skipped, long lost) {
        losses = lost;
        position += skipped + changes.size();
        if (skipped > 0) {
            kept.clear(); // those before the gap
        }
        for (FlowChange change : changes) {
            if (kept.size() == KEPT) {
                kept.removeFirst();
            }
            kept.addLast(change);
        }
    }

    /** Reports why the watch failed, and waits until the next try. */
    private void pause(String reason) {
        tell(reason);
        try {
            final boolean _ = closed.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            closed.countDown(); // asked to end
        }
    }

    private synchronized void tell(String reason) {
        trouble = Optional.of(reason);
    }

    @Override
    public void close() {
        final Thread running;
        synchronized (this) {
            closed.countDown();
            running = thread;
        }
        try {
            if (running != null && !running.join(CLOSE_TIMEOUT)) {
                LOG.warn("the dashboard still watches connections, the agent ends without it");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
