package io.pointsman.linux.xdp;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.RingCalls;

/**
 * The frames of one thread: equal pieces of one memory (the kernel's UMEM) for sockets to receive into and send from. A
 * frame belongs to the pool, to a socket's rings, or to the caller that {@link #take took} or received it.
 */
public final class FramePool implements AutoCloseable {
    /** Bytes that the kernel leaves free before each frame (XDP_PACKET_HEADROOM). */
    public static final int HEADROOM = 256;

    private final long base;
    private final int frameBytes;
    private final long[] free; // addresses, as a stack
    private int freeCount;
    private int registeredFd = -1; // of the socket that registered the memory
    private boolean closed;

    private FramePool(long base, int frames, int frameBytes) {
        this.base = base;
        this.frameBytes = frameBytes;
        free = new long[frames];
        freeCount = frames;
        for (int i = 0; i < frames; i++) {
            free[i] = base + (long) (frames - 1 - i) * frameBytes;
        }
    }

    /**
     * Allocates a pool.
     *
     * @param frames number of frames: as many as all rings hold together, plus those being processed
     * @param frameBytes 2048 or 4096; the longest frame has {@link #HEADROOM} less, and the kernel drops longer ones
     */
    public static FramePool allocate(int frames, int frameBytes) throws KernelException {
        if (frames < 1 || (frameBytes != 2048 && frameBytes != 4096)) {
            throw new IllegalArgumentException(frames + " frames of " + frameBytes + " bytes can't be had");
        }
        return new FramePool(
                RingCalls.allocate((long) frames * frameBytes, "allocating " + frames + " frames"), frames, frameBytes);
    }

    /** Length in bytes of the longest frame that fits. */
    public int maxLength() {
        return frameBytes - HEADROOM;
    }

    /** Number of frames in the pool now. */
    public int available() {
        return freeCount;
    }

    /** Takes a frame. Returns its address, with {@link #HEADROOM} before it; 0 if there is none. */
    public long take() {
        return freeCount == 0 ? 0 : free[--freeCount] + HEADROOM;
    }

    /** Returns to the pool the frame that contains this address. */
    public void give(long address) {
        free[freeCount++] = base + ((address - base) & -(long) frameBytes);
    }

    long base() {
        return base;
    }

    long bytes() {
        return (long) free.length * frameBytes;
    }

    int frameBytes() {
        return frameBytes;
    }

    int registeredFd() {
        return registeredFd;
    }

    void setRegisteredFd(int fd) {
        registeredFd = fd;
    }

    /** Takes a frame for the kernel, which uses it from its beginning; there must be one. */
    long takeOffset() {
        return free[--freeCount] - base;
    }

    /** Frees the memory. Close the sockets that use it first. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            RingCalls.unmap(base, bytes());
        }
    }
}
