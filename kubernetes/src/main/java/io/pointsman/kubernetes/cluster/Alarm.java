package io.pointsman.kubernetes.cluster;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does a task when it is due, from a thread of its own that sleeps in between: an idle node is not woken to look. The task says
 * itself when it is due again; whoever knows better says so by {@link #within}, from any thread.
 */
final class Alarm implements AutoCloseable {
    /** Not due again before somebody says so. */
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
     * Does the task for the first time now.
     *
     * @param task does what is due; returns how long it may be until it has to look again
     */
    static Alarm start(String name, Supplier<Duration> task) {
        final Alarm alarm = new Alarm(name, task);
        alarm.thread.start();
        return alarm;
    }

    /** Sees to it that the task is done within this time, counted from now. */
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
            LOG.debug("{}: told to end", thread.getName());
        }
    }

    private void awaitDue() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            for (long nanos = dueNanos - System.nanoTime(); nanos > 0; nanos = dueNanos - System.nanoTime()) {
                final long _ = sooner.awaitNanos(nanos);
            }
            dueNanos = System.nanoTime() + NEVER.toNanos(); // what is said from here on counts for the next time
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

    /** Ends the thread; a task that is under way is interrupted. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
