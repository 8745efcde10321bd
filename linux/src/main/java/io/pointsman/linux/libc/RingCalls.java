package io.pointsman.linux.libc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.pointsman.linux.KernelException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** System calls on memory shared with the kernel. Any thread; calls made for each batch of packets allocate nothing. */
public final class RingCalls {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED_POPULATE = 0x8001;
    private static final int MAP_PRIVATE_ANONYMOUS_POPULATE = 0x8022;
    private static final int MSG_DONTWAIT = 0x40;

    private static final MethodHandle MMAP =
            Libc.bind("mmap", Libc.returningLong(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP = Libc.bind("munmap", Libc.returningInt(JAVA_LONG, JAVA_LONG));
    private static final MethodHandle SENDTO =
            Libc.bind("sendto", Libc.returningLong(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle POLL = Libc.bind("poll", Libc.returningInt(ADDRESS, JAVA_LONG, JAVA_INT));

    private RingCalls() {}

    /** Maps memory that a descriptor shares. Returns its address. */
    public static long map(int fd, long offset, long bytes, String tried) throws KernelException {
        return Libc.call(tried, (_, state) ->
                (long) MMAP.invokeExact(state, 0L, bytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset));
    }

    /** Allocates whole pages of memory, present from the start. Returns the address. */
    public static long allocate(long bytes, String tried) throws KernelException {
        return Libc.call(tried, (_, state) ->
                (long) MMAP.invokeExact(state, 0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_POPULATE, -1, 0L));
    }

    /** Frees memory that {@link #allocate} or {@link #map} returned. */
    public static void unmap(long address, long bytes) {
        try {
            Libc.call("unmapping memory", (_, state) -> (int) MUNMAP.invokeExact(state, address, bytes));
        } catch (KernelException e) {
            throw new AssertionError("memory that was mapped can't be unmapped", e);
        }
    }

    /** Tells the kernel that a socket's ring has frames to send; returns below zero for an error number. */
    public static int kick(int fd, CallState state) {
        return state.result(invokeSend(fd, state.memory()));
    }

    /** Calls poll(2) with an array of struct pollfd; returns below zero for an error number. */
    public static int poll(MemorySegment polled, int count, int timeoutMillis, CallState state) {
        return state.result(invokePoll(polled, count, timeoutMillis, state.memory()));
    }

    private static long invokeSend(int fd, MemorySegment state) {
        try {
            return (long) SENDTO.invokeExact(state, fd, MemorySegment.NULL, 0L, MSG_DONTWAIT, MemorySegment.NULL, 0);
        } catch (Throwable e) {
            throw new AssertionError("a downcall threw", e);
        }
    }

    private static int invokePoll(MemorySegment polled, long count, int timeoutMillis, MemorySegment state) {
        try {
            return (int) POLL.invokeExact(state, polled, count, timeoutMillis);
        } catch (Throwable e) {
            throw new AssertionError("a downcall threw", e);
        }
    }
}
