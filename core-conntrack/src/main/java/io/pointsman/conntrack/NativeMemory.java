package io.pointsman.conntrack;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.pointsman.packet.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed native memory, aligned to a huge page and, if the kernel grants them, backed by huge pages: with 4 KiB pages, every
 * random slot would also cost a walk of the page tables. Any thread may close it.
 */
public final class NativeMemory implements AutoCloseable {
    private static final long HUGE_PAGE = 2L << 20;
    private static final long CACHE_LINES = 128; // a pair of lines, which the processor fetches together

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
    private static final int MADV_HUGEPAGE = 14;
    private static final long MAP_FAILED = -1;

    private final Arena arena = Arena.ofShared();
    private final long address;
    private final boolean hugePages;

    /**
     * Allocates memory.
     *
     * @param bytes at least 1
     */
    public NativeMemory(long bytes) {
        final long mapped = bytes < HUGE_PAGE ? MAP_FAILED : map(bytes + HUGE_PAGE);
        if (mapped == MAP_FAILED) {
            address = arena.allocate(bytes, CACHE_LINES).address();
            hugePages = false;
        } else {
            address = (mapped + HUGE_PAGE - 1) & -HUGE_PAGE;
            hugePages = adviseHugePages(bytes);
        }
    }

    /** Absolute address of the first byte. */
    public long address() {
        return address;
    }

    /** Whether the kernel accepted the advice to use huge pages; it may still have none free. */
    public boolean usesHugePages() {
        return hugePages;
    }

    /**
     * Maps memory with mmap(2), which, unlike the arena, leaves the pages untouched until after the advice. A host that
     * refuses native calls makes the table slower, nothing else.
     */
    @SuppressWarnings("restricted") // a system call for memory of our own, unmapped with the arena
    private long map(long length) {
        try {
            final MethodHandle mmap =
                    Libc.function("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
            final MethodHandle munmap = Libc.function("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
            final long at =
                    (long) mmap.invokeExact(0L, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
            if (at != MAP_FAILED) {
                MemorySegment.ofAddress(at).reinterpret(length, arena, _ -> unmap(munmap, at, length));
            }
            return at;
        } catch (Throwable e) {
            rethrowFatal(e);
            return MAP_FAILED;
        }
    }

    private static void unmap(MethodHandle munmap, long at, long length) {
        try {
            final int _ = (int) munmap.invokeExact(at, length); // can't fail for a mapping of our own
        } catch (Throwable e) {
            rethrowFatal(e);
            throw new IllegalStateException("munmap of " + length + " bytes failed", e);
        }
    }

    private boolean adviseHugePages(long length) {
        try {
            final MethodHandle madvise = Libc.function("madvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
            return (int) madvise.invokeExact(address, length, MADV_HUGEPAGE) == 0;
        } catch (Throwable e) {
            rethrowFatal(e);
            return false;
        }
    }

    private static void rethrowFatal(Throwable e) {
        if (e instanceof VirtualMachineError error) {
            throw error;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
