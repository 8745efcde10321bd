package io.pointsman.linux.xdp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.CallState;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.RingCalls;
import io.pointsman.linux.libc.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Receives the frames of one queue of an interface that the interface's program {@linkplain Steering steers} here, and sends
 * frames through it. Frames are addresses in its {@link FramePool}, and start with their Ethernet header. Used by the pool's
 * thread; allocates only when opened and closed.
 */
public final class XdpSocket implements AutoCloseable {
    private static final int AF_XDP = 44; // include/uapi/linux/if_xdp.h, like what follows
    private static final int SOL_XDP = 283;
    private static final int MMAP_OFFSETS = 1;
    private static final int RX_RING = 2;
    private static final int TX_RING = 3;
    private static final int UMEM_REG = 4;
    private static final int FILL_RING = 5;
    private static final int COMPLETION_RING = 6;
    private static final int STATISTICS = 7;
    private static final int MAX_TX_BUDGET = 9;
    private static final long RX_PAGE = 0;
    private static final long TX_PAGE = 0x8000_0000L;
    private static final long FILL_PAGE = 0x1_0000_0000L;
    private static final long COMPLETION_PAGE = 0x1_8000_0000L;
    private static final int SHARED_UMEM = 1;
    private static final int NEED_WAKEUP = 8;
    private static final int OFFSETS_BYTES = 128;
    private static final int RING_OFFSET_BYTES = 32;
    private static final int STATISTICS_BYTES = 48;
    private static final int DESCRIPTOR_BYTES = 16;
    private static final int ADDRESS_BYTES = 8;
    private static final int KICKS = 256; // in one flush

    private final FramePool pool;
    private final long base;
    private final int fd;
    private final int linkIndex;
    private final int queue;
    private final Ring received;
    private final Ring sent;
    private final Ring fill;
    private final Ring completed;
    private final Arena arena = Arena.ofShared();
    private final CallState state = new CallState(arena);
    private boolean closed;

    /** The kernel's counts of lost frames, by cause (struct xdp_statistics). */
    public record Statistics(
            long receiveDropped, long receiveInvalid, long sendInvalid, long receiveRingFull, long noFrames) {}

    private XdpSocket(FramePool pool, int fd, int linkIndex, int queue, int ringSize) throws KernelException {
        this.pool = pool;
        base = pool.base();
        this.fd = fd;
        this.linkIndex = linkIndex;
        this.queue = queue;
        try (Arena temporary = Arena.ofConfined()) {
            final MemorySegment offsets = temporary.allocate(OFFSETS_BYTES, Long.BYTES);
            SocketCalls.getOption(fd, SOL_XDP, MMAP_OFFSETS, offsets, "XDP_MMAP_OFFSETS");
            received = Ring.map(fd, RX_PAGE, offsets(offsets, 0), ringSize, DESCRIPTOR_BYTES);
            sent = Ring.map(fd, TX_PAGE, offsets(offsets, 1), ringSize, DESCRIPTOR_BYTES);
            fill = Ring.map(fd, FILL_PAGE, offsets(offsets, 2), ringSize, ADDRESS_BYTES);
            completed = Ring.map(fd, COMPLETION_PAGE, offsets(offsets, 3), ringSize, ADDRESS_BYTES);
        }
    }

    private static Ring.RingOffsets offsets(MemorySegment all, int ring) {
        final long from = (long) ring * RING_OFFSET_BYTES;
        return new Ring.RingOffsets(
                all.get(JAVA_LONG, from),
                all.get(JAVA_LONG, from + 8),
                all.get(JAVA_LONG, from + 16),
                all.get(JAVA_LONG, from + 24));
    }

    /**
     * Opens a socket in the calling thread's network namespace. It receives nothing before a
     * {@link Steering.Attached program} steers frames to it and {@link #refill} gave it frames.
     *
     * @param ringSize entries of each of its four rings, a power of two
     * @throws KernelException {@code EBUSY} when the queue has another socket
     */
    public static XdpSocket open(FramePool pool, int linkIndex, int queue, int ringSize) throws KernelException {
        if (Integer.bitCount(ringSize) != 1) {
            throw new IllegalArgumentException("ring size " + ringSize + " is not a power of two");
        }
        final boolean isFirst = pool.registeredFd() < 0;
        final XdpSocket socket = prepare(pool, linkIndex, queue, ringSize, isFirst);
        try {
            raiseBudget(socket.fd, ringSize);
            socket.bind(pool.registeredFd());
        } catch (KernelException e) {
            socket.close();
            throw e;
        }
        if (isFirst) {
            pool.setRegisteredFd(socket.fd);
        }
        return socket;
    }

    private static XdpSocket prepare(FramePool pool, int linkIndex, int queue, int ringSize, boolean isFirst)
            throws KernelException {
        final int fd = SocketCalls.socket(AF_XDP, SocketCalls.SOCK_RAW, 0);
        try {
            if (isFirst) {
                register(fd, pool);
            }
            for (int option : new int[] {FILL_RING, COMPLETION_RING, RX_RING, TX_RING}) {
                SocketCalls.setOption(fd, SOL_XDP, option, ringSize, "size of ring " + option + " of AF_XDP");
            }
            return new XdpSocket(pool, fd, linkIndex, queue, ringSize);
        } catch (KernelException e) {
            FileCalls.close(fd);
            throw e;
        }
    }

    private static void register(int fd, FramePool pool) throws KernelException {
        try (Arena temporary = Arena.ofConfined()) {
            final MemorySegment registration = temporary.allocate(32, Long.BYTES); // struct xdp_umem_reg
            registration.set(JAVA_LONG, 0, pool.base());
            registration.set(JAVA_LONG, 8, pool.bytes());
            registration.set(JAVA_INT, 16, pool.frameBytes());
            SocketCalls.setOption(fd, SOL_XDP, UMEM_REG, registration, "XDP_UMEM_REG");
        }
    }

    /** Raises the number of frames that one call sends; it is 32 on kernels before 6.17, which can't change it. */
    private static void raiseBudget(int fd, int frames) throws KernelException {
        try {
            SocketCalls.setOption(fd, SOL_XDP, MAX_TX_BUDGET, frames, "XDP_MAX_TX_SKB_BUDGET");
        } catch (KernelException e) {
            if (!e.is(Errno.ENOPROTOOPT) && !e.is(Errno.EACCES)) {
                throw e;
            }
        }
    }

    private void bind(int sharedFd) throws KernelException {
        try (Arena temporary = Arena.ofConfined()) {
            final MemorySegment address = temporary.allocate(16, Integer.BYTES); // struct sockaddr_xdp
            address.set(JAVA_SHORT, 0, (short) AF_XDP);
            address.set(JAVA_SHORT, 2, (short) (sharedFd < 0 ? NEED_WAKEUP : SHARED_UMEM));
            address.set(JAVA_INT, 4, linkIndex);
            address.set(JAVA_INT, 8, queue);
            address.set(JAVA_INT, 12, Math.max(0, sharedFd));
            SocketCalls.bind(fd, address);
        }
    }

    int fd() {
        return fd;
    }

    public int linkIndex() {
        return linkIndex;
    }

    public int queue() {
        return queue;
    }

    /** Gives the kernel frames of the pool to receive into, as many as it has room for. */
    public void refill() {
        final int count = Math.min(fill.room(), pool.available());
        if (count == 0) {
            return;
        }
        final Ring ring = fill;
        for (int i = 0; i < count; i++) {
            SharedMemory.setLong(
                    ring.entries + (long) (ring.produced++ & ring.mask) * ADDRESS_BYTES, pool.takeOffset());
        }
        ring.publishProduced();
    }

    /**
     * Returns frames that arrived; the caller owns them, to send or to give to the pool.
     *
     * @param addresses filled with the frames' addresses, and {@code lengths} with their lengths in bytes
     * @return number of frames, at most what fits into the arrays; 0 if there are none
     */
    public int receive(long[] addresses, int[] lengths) {
        final Ring ring = received;
        final int count = Math.min(ring.ready(), Math.min(addresses.length, lengths.length));
        for (int i = 0; i < count; i++) {
            final long descriptor = ring.entries + (long) (ring.consumed++ & ring.mask) * DESCRIPTOR_BYTES;
            addresses[i] = base + SharedMemory.getLong(descriptor);
            lengths[i] = SharedMemory.getInt(descriptor + 8);
        }
        if (count > 0) {
            ring.publishConsumed();
        }
        return count;
    }

    /**
     * Puts a frame into the ring; {@link #flush} sends it. Returns false if the ring is full, and the caller keeps the
     * frame.
     */
    public boolean send(long address, int length) {
        final Ring ring = sent;
        if (ring.produced - ring.consumed > ring.mask) {
            ring.consumed = ring.produced - ring.pending();
            if (ring.produced - ring.consumed > ring.mask) {
                return false;
            }
        }
        final long descriptor = ring.entries + (long) (ring.produced++ & ring.mask) * DESCRIPTOR_BYTES;
        SharedMemory.setLong(descriptor, address - base);
        SharedMemory.setInt(descriptor + 8, length);
        SharedMemory.setInt(descriptor + 12, 0);
        return true;
    }

    /** Makes the kernel send the frames in the ring, and returns sent ones to the pool. */
    public void flush() {
        final Ring ring = sent;
        ring.publishProduced();
        for (int i = 0; i < KICKS && ring.pending() > 0; i++) {
            if (ring.needsWakeup()) {
                final int result = RingCalls.kick(fd, state);
                if (result < 0 && result != -Errno.EAGAIN.number()) {
                    break; // ENOBUFS, EBUSY, ENETDOWN: sent by the next flush, or never
                }
            }
            reclaim();
        }
        reclaim();
    }

    private void reclaim() {
        final Ring ring = completed;
        final int count = ring.ready();
        for (int i = 0; i < count; i++) {
            pool.give(base + SharedMemory.getLong(ring.entries + (long) (ring.consumed++ & ring.mask) * ADDRESS_BYTES));
        }
        if (count > 0) {
            ring.publishConsumed();
        }
    }

    /** Counts of frames lost here, by cause. */
    public Statistics statistics() throws KernelException {
        try (Arena temporary = Arena.ofConfined()) {
            final MemorySegment counts = temporary.allocate(STATISTICS_BYTES, Long.BYTES);
            SocketCalls.getOption(fd, SOL_XDP, STATISTICS, counts, "XDP_STATISTICS");
            return new Statistics(
                    counts.getAtIndex(JAVA_LONG, 0),
                    counts.getAtIndex(JAVA_LONG, 1),
                    counts.getAtIndex(JAVA_LONG, 2),
                    counts.getAtIndex(JAVA_LONG, 3),
                    counts.getAtIndex(JAVA_LONG, 4));
        }
    }

    /** Closes the socket. Frames in its rings are lost to the pool; close the pool afterwards. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            FileCalls.close(fd);
            received.unmap();
            sent.unmap();
            fill.unmap();
            completed.unmap();
            arena.close();
        }
    }

    @Override
    public String toString() {
        return "AF_XDP socket of interface " + linkIndex + ", queue " + queue;
    }
}
