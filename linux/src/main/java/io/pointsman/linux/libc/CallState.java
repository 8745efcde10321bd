package io.pointsman.linux.libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory in which calls that must not allocate leave their error number. For one thread at a time. */
public final class CallState {
    private final MemorySegment memory;

    /** Allocates the memory, which lives as long as the arena. */
    public CallState(Arena arena) {
        memory = arena.allocate(Libc.STATE);
    }

    MemorySegment memory() {
        return memory;
    }

    /** Returns a function's result, or its error number below zero. */
    int result(long returned) {
        return returned >= 0 ? (int) returned : -Libc.errno(memory);
    }
}
