package io.pointsman.linux.netns;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.Threads;
import io.pointsman.linux.libc.NamespaceCalls;
import io.pointsman.linux.netns.NetworkNamespace.Task;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A daemon platform thread in a network namespace. Any thread may give it tasks; processes that a task starts are in the
 * namespace too.
 */
public final class NamespaceThread implements Executor, AutoCloseable {
    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final Thread thread;
    private boolean closed;
    private boolean ended; // used by the thread alone

    private NamespaceThread(
            Task<@Nullable Void, KernelException> enter, String name, CompletableFuture<@Nullable Void> entered) {
        thread = Thread.ofPlatform().daemon().name(name).unstarted(() -> {
            HopThread.complete(entered, enter);
            if (!entered.isCompletedExceptionally()) {
                work();
            }
        });
    }

    static NamespaceThread open(NetworkNamespace namespace, String name) throws KernelException {
        return open(
                () -> {
                    namespace.enter();
                    return null;
                },
                name);
    }

    /**
     * Starts a thread in a new namespace without a name: empty, its loopback interface down. The kernel removes the
     * namespace when the thread has ended and the last socket opened there is closed.
     *
     * @throws KernelException {@code EPERM} without CAP_SYS_ADMIN
     */
    public static NamespaceThread openNew(String name) throws KernelException {
        return open(
                () -> {
                    NamespaceCalls.unshareNetwork();
                    return null;
                },
                name);
    }

    private static NamespaceThread open(Task<@Nullable Void, KernelException> enter, String name)
            throws KernelException {
        final CompletableFuture<@Nullable Void> entered = new CompletableFuture<>();
        final NamespaceThread opened = new NamespaceThread(enter, name, entered);
        opened.thread.start();
        HopThread.<@Nullable Void, KernelException>await(entered);
        return opened;
    }

    private void work() {
        while (!ended) {
            try {
                tasks.take().run();
            } catch (InterruptedException _) {
                // an interrupt is for a task; between tasks it has no meaning, and only close() ends the thread
            } catch (RuntimeException e) {
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    /** Runs a task on the thread and waits for it; on the thread itself, runs it at once. */
    public <T extends @Nullable Object, E extends Exception> T call(Task<T, E> task) throws E {
        if (Thread.currentThread() == thread) {
            return task.call();
        }
        final CompletableFuture<T> outcome = new CompletableFuture<>();
        execute(() -> HopThread.complete(outcome, task));
        return HopThread.await(outcome);
    }

    @Override
    public synchronized void execute(Runnable task) {
        if (closed) {
            throw new IllegalStateException(thread.getName() + " is closed");
        }
        tasks.add(task);
    }

    /** Opens a descriptor of its namespace, to identify it to the kernel; the caller closes it. */
    public NamespaceHandle openHandle() throws KernelException {
        return call(() -> NetworkNamespace.OWN.openHandle());
    }

    /** Ends the thread after the tasks it was given before. */
    @Override
    public void close() {
        synchronized (this) {
            if (!closed) {
                closed = true;
                tasks.add(() -> ended = true);
            }
        }
        if (Thread.currentThread() != thread) {
            Threads.await(thread);
        }
    }
}
