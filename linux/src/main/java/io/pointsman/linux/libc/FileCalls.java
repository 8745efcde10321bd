package io.pointsman.linux.libc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.pointsman.linux.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** System calls on file descriptors. Any thread. */
public final class FileCalls {
    private static final int O_CLOEXEC = 0x80000;
    /** Differs between machines (arch/arm64/include/uapi/asm/fcntl.h). */
    private static final int O_NOFOLLOW = "aarch64".equals(System.getProperty("os.arch")) ? 0x8000 : 0x20000;

    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int LOCK_SH = 1; // include/uapi/asm-generic/fcntl.h
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final short POLLIN = 1;
    private static final int POLLFD_BYTES = 8;
    private static final String READ_NEEDED =
            "a user who may read it (CAP_SYS_PTRACE for the namespaces of other users' processes)";

    private static final MethodHandle OPEN =
            Libc.bind("open", Libc.returningInt(ADDRESS, JAVA_INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE = Libc.bind("close", Libc.returningInt(JAVA_INT));
    private static final MethodHandle FLOCK = Libc.bind("flock", Libc.returningInt(JAVA_INT, JAVA_INT));
    private static final MethodHandle POLL = Libc.bind("poll", Libc.returningInt(ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle EVENTFD = Libc.bind("eventfd", Libc.returningInt(JAVA_INT, JAVA_INT));
    private static final MethodHandle EVENTFD_WRITE =
            Libc.bind("eventfd_write", Libc.returningInt(JAVA_INT, JAVA_LONG));

    private FileCalls() {}

    /** Opens a file for reading, closed when another program is executed. */
    public static int openReadOnly(String path) throws KernelException {
        return openReadOnly(path, 0);
    }

    /** Opens a file for reading; {@code ELOOP} if it is a symbolic link. */
    public static int openPlainReadOnly(String path) throws KernelException {
        return openReadOnly(path, O_NOFOLLOW);
    }

    private static int openReadOnly(String path, int flags) throws KernelException {
        return (int) Libc.call("opening " + path, READ_NEEDED, (arena, state) ->
                (int) OPEN.invokeExact(state, arena.allocateFrom(path), O_CLOEXEC | flags));
    }

    /** Closes a descriptor. It is gone whatever the kernel answers (close(2)), so no error is reported. */
    public static void close(int fd) {
        try {
            Libc.call("closing", (_, state) -> {
                final int _ =
                        (int) CLOSE.invokeExact(state, fd); // not again after EINTR: the number may be reused by then
                return 0;
            });
        } catch (KernelException e) {
            throw new AssertionError("a call that can't fail", e);
        }
    }

    /** Locks an open file in shared mode, until it is closed; waits while another holds it exclusively. */
    public static void lockShared(int fd) throws KernelException {
        Libc.call("locking a file", (_, state) -> (int) FLOCK.invokeExact(state, fd, LOCK_SH));
    }

    /** Locks an open file exclusively for this descriptor, until it is closed; waits for others. */
    public static void lock(int fd) throws KernelException {
        Libc.call("locking a file", (_, state) -> (int) FLOCK.invokeExact(state, fd, LOCK_EX));
    }

    /**
     * Locks an open file exclusively for this descriptor, until it is closed; fails with EAGAIN while another holds a lock.
     */
    public static void tryLock(int fd) throws KernelException {
        Libc.call("locking a file", (_, state) -> (int) FLOCK.invokeExact(state, fd, LOCK_EX | LOCK_NB));
    }

    /** Creates a descriptor that {@link #poll} finds readable once it was {@link #signal signalled}. */
    public static int eventFd() throws KernelException {
        return (int) Libc.call("making an event descriptor", (_, state) ->
                (int) EVENTFD.invokeExact(state, 0, EFD_CLOEXEC | EFD_NONBLOCK));
    }

    /** Makes an {@link #eventFd} readable for good. */
    public static void signal(int eventFd) throws KernelException {
        Libc.call("signalling an event descriptor", (_, state) -> (int) EVENTFD_WRITE.invokeExact(state, eventFd, 1L));
    }

    /**
     * Waits until one of the descriptors can be read or has failed.
     *
     * @param timeoutMillis longest wait; negative: for ever
     * @return index of the first such descriptor; -1 on timeout
     */
    public static int poll(int timeoutMillis, int... fds) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment polled = arena.allocate((long) POLLFD_BYTES * fds.length, Integer.BYTES);
            for (int i = 0; i < fds.length; i++) {
                polled.set(JAVA_INT, (long) i * POLLFD_BYTES, fds[i]);
                polled.set(JAVA_SHORT, (long) i * POLLFD_BYTES + 4, POLLIN);
            }
            final long count = fds.length;
            final long ready = Libc.call(
                    "waiting for input", (_, state) -> (int) POLL.invokeExact(state, polled, count, timeoutMillis));
            for (int i = 0; ready > 0 && i < fds.length; i++) {
                if (polled.get(JAVA_SHORT, (long) i * POLLFD_BYTES + 6) != 0) {
                    return i;
                }
            }
            return -1;
        }
    }
}
