package io.pointsman.spi.userspace.loop;

import io.netty.util.internal.PlatformDependent;

/** Memory outside of the heap, of which buffers are made. */
final class DirectMemory {
    private static final int SHARE = 2; // for unsent bytes; the rest is for buffers at work and for gaps between them
    private static final long LEAST_BYTES = 1 << 20;

    private DirectMemory() {}

    /** What unsent bytes may hold by default: half of what this process may have (-XX:MaxDirectMemorySize, else -Xmx). */
    static long unsentBytes() {
        return Math.max(LEAST_BYTES, PlatformDependent.maxDirectMemory() / SHARE);
    }
}
