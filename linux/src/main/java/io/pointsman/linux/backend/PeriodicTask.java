package io.pointsman.linux.backend;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Does something now and then, once started, on a thread of its own, which is in the network namespace of the thread that
 * started it. Any thread.
 */
public final class PeriodicTask {
    private final String threadName;
    private final int periodSeconds;
    private final Runnable task;
    private @Nullable ScheduledExecutorService timer;
    private boolean isStopped;

    /**
     * Not started yet.
     *
     * @param periodSeconds from the end of one run to the next, 1 and up
     * @param task whatever it throws ends it for good
     */
    public PeriodicTask(String threadName, int periodSeconds, Runnable task) {
        this.threadName = threadName;
        this.periodSeconds = periodSeconds;
        this.task = task;
    }

    /** Does nothing when it runs already, or was stopped. */
    public synchronized void start() {
        if (timer != null || isStopped) {
            return;
        }
        final ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name(threadName).factory());
        timer = started;
        final var _ = started.scheduleWithFixedDelay(task, periodSeconds, periodSeconds, TimeUnit.SECONDS);
    }

    private synchronized @Nullable ScheduledExecutorService end() {
        isStopped = true;
        final ScheduledExecutorService ended = timer;
        timer = null;
        return ended;
    }

    /** Stops it for good; a run is interrupted, and not waited for. */
    public void stop() {
        final ScheduledExecutorService ended = end();
        if (ended != null) {
            ended.shutdownNow();
        }
    }

    /**
     * Stops it for good and waits for a run to end, however long that takes; an interrupt is kept for later.
     *
     * @param patienceSeconds after each of which {@code overdue} is called
     */
    public void finish(int patienceSeconds, Runnable overdue) {
        final ScheduledExecutorService ended = end();
        if (ended == null) {
            return;
        }
        ended.shutdown();
        boolean isInterrupted = false;
        boolean isOver = false;
        while (!isOver) {
            try {
                isOver = ended.awaitTermination(patienceSeconds, TimeUnit.SECONDS);
                if (!isOver) {
                    overdue.run();
                }
            } catch (InterruptedException _) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
