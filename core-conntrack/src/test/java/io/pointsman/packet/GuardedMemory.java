package io.pointsman.packet;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Memory between two pages that may not be touched: a packet at its end (or start) ends the process on the first access
 * outside it. Linux; by mmap(2) and mprotect(2).
 */
public final class GuardedMemory {
    private static final int PAGE = 4096;
    private static final int PROT_NONE = 0;

    private final MemorySegment bytes;

    /**
     * Never given back: for the life of a test.
     *
     * @param size rounded up to whole pages
     */
    public GuardedMemory(int size) {
        final int inside = (size + PAGE - 1) / PAGE * PAGE;
        final MemorySegment all = Arena.global().allocate(inside + 2L * PAGE, PAGE);
        protect(all.asSlice(0, PAGE));
        protect(all.asSlice((long) inside + PAGE, PAGE));
        bytes = all.asSlice(PAGE, inside);
    }

    public MemorySegment bytes() {
        return bytes;
    }

    /** Copies a packet to the very end (or start), and says where it begins. */
    public long place(byte[] packet, boolean atEnd) {
        final long offset = atEnd ? bytes.byteSize() - packet.length : 0;
        MemorySegment.copy(packet, 0, bytes, ValueLayout.JAVA_BYTE, offset, packet.length);
        return offset;
    }

    private static void protect(MemorySegment page) {
        final MethodHandle mprotect = Libc.function(
                "mprotect", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        final int result;
        try {
            result = (int) mprotect.invokeExact(page, page.byteSize(), PROT_NONE);
        } catch (Throwable e) {
            throw new IllegalStateException("mprotect could not be called", e);
        }
        if (result != 0) {
            throw new IllegalStateException("mprotect refused");
        }
    }
}
