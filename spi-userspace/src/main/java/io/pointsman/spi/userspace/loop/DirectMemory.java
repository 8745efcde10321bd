package io.pointsman.spi.userspace.loop;

import io.netty.util.internal.PlatformDependent;

/** Memory outside the heap, used for buffers. */
final class DirectMemory {
    private static final int SHARE = 2; // for unsent bytes; the rest is for buffers in use and for gaps between them
    private static final long LEAST_BYTES = 1 << 20;

    private DirectMemory() {}

    /** Default limit for unsent bytes: half of this process's direct memory (-XX:MaxDirectMemorySize, else -Xmx). */
    static long unsentBytes() {
        return Math.max(LEAST_BYTES, PlatformDependent.maxDirectMemory() / SHARE);
    }
}
