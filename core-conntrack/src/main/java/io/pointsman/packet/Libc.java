package io.pointsman.packet;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;

/** Functions of the C library. */
public final class Libc {
    private Libc() {}

    /**
     * Returns a handle for a function; layouts give the types of its result and arguments.
     *
     * @throws java.util.NoSuchElementException when the library has no function of this name
     */
    @SuppressWarnings("restricted") // native calls are what this class is for
    public static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }
}
