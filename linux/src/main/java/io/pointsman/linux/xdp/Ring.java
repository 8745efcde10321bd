package io.pointsman.linux.xdp;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.RingCalls;

/**
 * A ring shared with the kernel: one side produces entries, the other consumes them. Indexes count on without limit and are
 * masked. The release of an index publishes the entries before it; its acquire by the other side makes them visible there.
 */
final class Ring {
    private static final int NEED_WAKEUP = 1;

    private final long memory;
    private final long bytes;
    private final long producer;
    private final long consumer;
    private final long flags;
    final long entries;
    final int mask;
    int produced; // ours: as published or, within one call, ahead of that
    int consumed;

    private Ring(long memory, long bytes, RingOffsets offsets, int size) {
        this.memory = memory;
        this.bytes = bytes;
        producer = memory + offsets.producer();
        consumer = memory + offsets.consumer();
        flags = memory + offsets.flags();
        entries = memory + offsets.entries();
        mask = size - 1;
    }

    /** Offsets in bytes from the beginning of the mapping (struct xdp_ring_offset). */
    record RingOffsets(long producer, long consumer, long entries, long flags) {}

    static Ring map(int fd, long pageOffset, RingOffsets offsets, int size, int entryBytes) throws KernelException {
        final long bytes = offsets.entries() + (long) size * entryBytes;
        return new Ring(RingCalls.map(fd, pageOffset, bytes, "mapping a ring of AF_XDP"), bytes, offsets, size);
    }

    /** Number of entries produced and not yet consumed; for the consumer. */
    int ready() {
        return SharedMemory.getIntAcquire(producer) - consumed;
    }

    void publishConsumed() {
        SharedMemory.setIntRelease(consumer, consumed);
    }

    /** Number of entries that may be produced; for the producer. */
    int room() {
        return mask + 1 - pending();
    }

    /** Number of entries that the other side has not consumed yet; for the producer. */
    int pending() {
        return produced - SharedMemory.getIntAcquire(consumer);
    }

    void publishProduced() {
        SharedMemory.setIntRelease(producer, produced);
    }

    /** Whether the kernel must be called to continue with this ring. */
    boolean needsWakeup() {
        return (SharedMemory.getIntAcquire(flags) & NEED_WAKEUP) != 0;
    }

    void unmap() {
        RingCalls.unmap(memory, bytes);
    }
}
