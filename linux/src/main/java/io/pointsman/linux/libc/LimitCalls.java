package io.pointsman.linux.libc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.pointsman.linux.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** System calls on this process's limits. Any thread; limits apply to the whole process. */
public final class LimitCalls {
    private static final int RLIMIT_NOFILE = 7; // Linux include/uapi/asm-generic/resource.h
    private static final long RLIMIT_BYTES = 2L * Long.BYTES; // struct rlimit: the soft one, the hard one

    private static final MethodHandle GETRLIMIT = Libc.bind("getrlimit", Libc.returningInt(JAVA_INT, ADDRESS));
    private static final MethodHandle SETRLIMIT = Libc.bind("setrlimit", Libc.returningInt(JAVA_INT, ADDRESS));

    private LimitCalls() {}

    /** Returns the soft and the hard limit of open files; -1 for none, the kernel's largest unsigned number. */
    public static long[] openFiles() throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment limit = arena.allocate(RLIMIT_BYTES, Long.BYTES);
            Libc.call("reading the limit of open files", (_, state) ->
                    (int) GETRLIMIT.invokeExact(state, RLIMIT_NOFILE, limit));
            return limit.toArray(JAVA_LONG);
        }
    }

    /** Sets both limits of open files. */
    public static void openFiles(long soft, long hard) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment limit = arena.allocateFrom(JAVA_LONG, soft, hard);
            Libc.call("setting the limit of open files to " + soft, (_, state) ->
                    (int) SETRLIMIT.invokeExact(state, RLIMIT_NOFILE, limit));
        }
    }
}
