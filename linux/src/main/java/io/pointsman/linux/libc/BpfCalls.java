package io.pointsman.linux.libc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.pointsman.linux.KernelException;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The system call bpf(2), which the C library has no function for. Any thread. */
public final class BpfCalls {
    /** Number of the system call on x86-64, and on the machines that share one table (include/uapi/asm-generic/unistd.h). */
    private static final long NUMBER = "amd64".equals(System.getProperty("os.arch")) ? 321 : 280;

    private static final String NEEDED = "CAP_BPF and CAP_NET_ADMIN";

    private static final MethodHandle SYSCALL = Libc.bind(
            "syscall", Libc.returningLong(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT), Linker.Option.firstVariadicArg(1));

    private BpfCalls() {}

    /** Executes a command with its attributes. Returns a descriptor or 0. */
    public static int call(int command, MemorySegment attributes, String tried) throws KernelException {
        return (int) Libc.call(tried, NEEDED, (_, state) ->
                (long) SYSCALL.invokeExact(state, NUMBER, command, attributes, (int) attributes.byteSize()));
    }

    /** Executes a command without allocation. Returns below zero for an error number. */
    public static int tryCall(int command, MemorySegment attributes, CallState state) {
        return state.result(invoke(command, attributes, state.memory()));
    }

    private static long invoke(int command, MemorySegment attributes, MemorySegment state) {
        try {
            return (long) SYSCALL.invokeExact(state, NUMBER, command, attributes, (int) attributes.byteSize());
        } catch (Throwable e) {
            throw new AssertionError("a downcall threw", e);
        }
    }
}
