package io.pointsman.kubernetes.cluster;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a task when it is due, on a thread of its own that sleeps in between, so that an idle node is not woken to poll. The
 * task returns when it is due again; any thread can make that sooner by {@link #within}.
 */
final class Alarm implements AutoCloseable {
    /** Delay of a task that is not due until {@link #within} is called. */
    static final Duration NEVER = Duration.ofDays(365);

    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(Alarm.class);

    private final Supplier<Duration> task;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition sooner = lock.newCondition();
    private long dueNanos = System.nanoTime(); // guarded by the lock

    private Alarm(String name, Supplier<Duration> task) {
        this.task = task;
        thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    /**
     * Starts the thread and runs the task at once.
     *
     * @param task does what is due; returns the longest time until it must run again
     */
    static Alarm start(String name, Supplier<Duration> task) {
        final Alarm alarm = new Alarm(name, task);
        alarm.thread.start();
        return alarm;
    }

    /** Makes the task run within this time from now. */
    void within(Duration delay) {
        final long atNanos = System.nanoTime() + delay.toNanos();
        lock.lock();
        try {
            if (atNanos - dueNanos < 0) {
                dueNanos = atNanos;
                sooner.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (true) {
                awaitDue();
                within(doTask());
            }
        } catch (InterruptedException _) {
            LOG.debug("{}: interrupted, ends", thread.getName());
        }
    }

    private void awaitDue() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            for (long nanos = dueNanos - System.nanoTime(); nanos > 0; nanos = dueNanos - System.nanoTime()) {
                final long _ = sooner.awaitNanos(nanos);
            }
            dueNanos = System.nanoTime() + NEVER.toNanos(); // later calls of within() count for the next run
        } finally {
            lock.unlock();
        }
    }

    private Duration doTask() {
        try {
            return task.get();
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            LOG.error("{}: a task failed unexpectedly, it is tried again", thread.getName(), e);
            return AFTER_A_FAILURE;
        }
    }

    /** Ends the thread; a running task is interrupted. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
