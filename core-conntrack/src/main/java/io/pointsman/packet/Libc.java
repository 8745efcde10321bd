package io.pointsman.packet;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;

/** The C library's functions. */
public final class Libc {
    private Libc() {}

    /**
     * A function, ready to be called; its arguments and result are given by their layouts.
     *
     * @throws java.util.NoSuchElementException when the library has none of this name
     */
    @SuppressWarnings("restricted") // native calls are what this class is for
    public static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }
}
