package io.pointsman.linux.ownership;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.SocketCalls;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Accepts connections to a listening socket and closes them at once: a client has then learnt who listens, and would
 * otherwise fill the queue for as long as the socket listens.
 */
final class Callers implements AutoCloseable {
    /** Pause if a connection can't be accepted, for want of descriptors for example. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final int fd;
    private final int wakeup;
    private final Thread thread;
    private volatile boolean isClosing;

    private Callers(int fd, int wakeup) {
        this.fd = fd;
        this.wakeup = wakeup;
        this.thread = Thread.ofPlatform().daemon().name("pointsman-mode-claim").unstarted(this::serve);
    }

    /** Starts the thread, which owns the non-blocking socket from now on. */
    static Callers start(int fd) throws KernelException {
        final Callers callers = new Callers(fd, FileCalls.eventFd());
        callers.thread.start();
        return callers;
    }

    private void serve() {
        while (!isClosing) {
            try {
                final int _ = FileCalls.poll(-1, fd, wakeup);
                if (!isClosing) {
                    FileCalls.close(SocketCalls.accept(fd));
                }
            } catch (KernelException e) {
                if (!e.is(Errno.EAGAIN)) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        }
    }

    /** Ends the thread and closes the socket. */
    @Override
    public void close() {
        isClosing = true;
        try {
            FileCalls.signal(wakeup);
            thread.join();
        } catch (KernelException e) {
            throw new IllegalStateException("an eventfd can't be written", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return; // the thread may use them yet; they end with the process
        }
        FileCalls.close(fd);
        FileCalls.close(wakeup);
    }
}
