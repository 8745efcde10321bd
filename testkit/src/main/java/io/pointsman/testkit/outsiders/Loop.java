package io.pointsman.testkit.outsiders;

import io.pointsman.linux.Threads;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A thread that repeats a step until closed; a failure that ended it is thrown on close. */
final class Loop implements AutoCloseable {
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable Exception failure;

    /** A step to repeat. */
    interface Step {
        void run() throws IOException, InterruptedException;
    }

    private Loop(String name, Step step) {
        thread = Thread.ofPlatform().daemon().name(name).unstarted(() -> repeat(step));
    }

    static Loop start(String name, Step step) {
        final Loop loop = new Loop(name, step);
        loop.thread.start();
        return loop;
    }

    private void repeat(Step step) {
        try {
            while (!closed) {
                step.run();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // it was closed while it waited
        } catch (IOException | RuntimeException e) {
            if (!closed) {
                failure = e;
            }
        }
    }

    /** Interrupts the current step, and waits for its end. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        awaitEnd();
    }

    /** Waits until the current step, which is the last one, is done. */
    void finish() {
        closed = true;
        awaitEnd();
    }

    private void awaitEnd() {
        Threads.await(thread);
        if (failure != null) {
            throw new IllegalStateException(thread.getName() + " ended before its time", failure);
        }
    }
}
