package io.pointsman.linux.libc;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.NoSuchElementException;
import java.util.function.Function;

/** Binds functions of the C library. Each group of functions is a class of its own, bound on first use. */
final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO_STATE = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO =
            Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

    static final MemoryLayout STATE = Linker.Option.captureStateLayout();

    private Libc() {}

    /** Binds a function that returns int or long and leaves errno in its first argument. */
    @SuppressWarnings("restricted") // calling the kernel is what this module is for; the flag is documented
    static MethodHandle bind(String name, FunctionDescriptor descriptor, Linker.Option... options) {
        final MemorySegment address = LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() -> new NoSuchElementException("the C library has no function " + name));
        final Linker.Option[] all = new Linker.Option[options.length + 1];
        all[0] = ERRNO_STATE;
        System.arraycopy(options, 0, all, 1, options.length);
        return LINKER.downcallHandle(address, descriptor, all);
    }

    static FunctionDescriptor returningInt(MemoryLayout... arguments) {
        return FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments);
    }

    static FunctionDescriptor returningLong(MemoryLayout... arguments) {
        return FunctionDescriptor.of(ValueLayout.JAVA_LONG, arguments);
    }

    /** Returns the error number of a failed call. */
    static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    /** A call of a bound function. */
    @FunctionalInterface
    interface Invocation {
        /** Returns the function's result: below zero if it failed and left errno in {@code state}. */
        long invoke(Arena arena, MemorySegment state) throws Throwable;
    }

    /**
     * Makes a call with a short-lived arena for its arguments; repeats it if a signal interrupted it.
     *
     * @param tried the attempt, for the message of a failure
     */
    static long call(String tried, Invocation invocation) throws KernelException {
        return call(tried, errno -> new KernelException(tried, errno), invocation);
    }

    /**
     * Makes a call that needs a particular privilege.
     *
     * @param needed the privilege, for the message if it is missing
     */
    static long call(String tried, String needed, Invocation invocation) throws KernelException {
        return call(tried, errno -> new KernelException(tried, errno, "", needed), invocation);
    }

    private static long call(String tried, Function<Errno, KernelException> failure, Invocation invocation)
            throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(STATE);
            while (true) {
                final long result = invocation.invoke(arena, state);
                if (result >= 0) {
                    return result;
                }
                final Errno errno = new Errno(errno(state));
                if (!errno.equals(Errno.EINTR)) {
                    throw failure.apply(errno);
                }
            }
        } catch (KernelException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall threw while " + tried, e);
        }
    }
}
