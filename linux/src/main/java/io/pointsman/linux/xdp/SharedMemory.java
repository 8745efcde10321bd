package io.pointsman.linux.xdp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** Memory shared with the kernel, by absolute address and without bounds: callers stay inside what they mapped. */
final class SharedMemory {
    @SuppressWarnings("restricted") // rings lie at absolute addresses
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private SharedMemory() {}

    static int getInt(long address) {
        return (int) INT.get(ALL, address);
    }

    static int getIntAcquire(long address) {
        return (int) INT.getAcquire(ALL, address);
    }

    static void setInt(long address, int value) {
        INT.set(ALL, address, value);
    }

    static void setIntRelease(long address, int value) {
        INT.setRelease(ALL, address, value);
    }

    static long getLong(long address) {
        return (long) LONG.get(ALL, address);
    }

    static void setLong(long address, long value) {
        LONG.set(ALL, address, value);
    }
}
