package io.pointsman.linux.backend;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a task periodically, once started, on its own thread, in the network namespace of the thread that started it. Any
 * thread.
 */
public final class PeriodicTask {
    private final String threadName;
    private final int periodSeconds;
    private final Runnable task;
    private @Nullable ScheduledExecutorService timer;
    private boolean isStopped;

    /**
     * Creates a task that is not started yet.
     *
     * @param periodSeconds from the end of one run to the start of the next, 1 and up
     * @param task any exception that it throws ends it for good
     */
    public PeriodicTask(String threadName, int periodSeconds, Runnable task) {
        this.threadName = threadName;
        this.periodSeconds = periodSeconds;
        this.task = task;
    }

    /** Starts the task; does nothing if it is running or was stopped. */
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

    /** Stops the task for good; interrupts a run without waiting for it. */
    public void stop() {
        final ScheduledExecutorService ended = end();
        if (ended != null) {
            ended.shutdownNow();
        }
    }

    /**
     * Stops the task for good and waits for a run to end, however long that takes; an interrupt is kept for later.
     *
     * @param patienceSeconds interval at which {@code overdue} is called meanwhile
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
