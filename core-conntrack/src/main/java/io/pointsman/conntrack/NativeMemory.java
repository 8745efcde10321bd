package io.pointsman.conntrack;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed native memory, aligned to a huge page and, where the kernel is willing, made of huge pages: with 4 KiB pages, every
 * random slot would cost a walk of the page tables as well. Owned by whoever made it, who closes it.
 */
public final class NativeMemory implements AutoCloseable {
    private static final long HUGE_PAGE = 2L << 20;
    private static final long SMALL = 256 << 10; // below, huge pages would only waste memory
    private static final int CACHE_LINES = 128; // a pair of lines, which the processor fetches together
    private static final int MADV_HUGEPAGE = 14;

    private final Arena arena = Arena.ofShared();
    private final long address;
    private final boolean hugePages;

    /** @param bytes at least 1 */
    public NativeMemory(long bytes) {
        final boolean isLarge = bytes >= SMALL;
        final MemorySegment segment = arena.allocate(bytes, isLarge ? HUGE_PAGE : CACHE_LINES);
        address = segment.address();
        hugePages = isLarge && adviseHugePages(segment);
        segment.fill((byte) 0); // pages come into being here, after the advice, and not under the first packets
    }

    /** Of the first byte, absolute. */
    public long address() {
        return address;
    }

    /** Whether the kernel took the advice; it may still lack such pages. */
    public boolean usesHugePages() {
        return hugePages;
    }

    /** madvise(2). A host without it, or one that refuses native calls, only makes the table slower. */
    @SuppressWarnings("restricted") // one system call, on memory of our own
    private static boolean adviseHugePages(MemorySegment segment) {
        try {
            final Linker linker = Linker.nativeLinker();
            final MethodHandle madvise = linker.downcallHandle(
                    linker.defaultLookup().find("madvise").orElseThrow(),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
            return (int) madvise.invokeExact(segment, segment.byteSize(), MADV_HUGEPAGE) == 0;
        } catch (Throwable e) {
            if (e instanceof VirtualMachineError error) {
                throw error;
            }
            return false;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
