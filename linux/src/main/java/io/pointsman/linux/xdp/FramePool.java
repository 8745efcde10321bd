package io.pointsman.linux.xdp;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.RingCalls;

/**
 * The frames of one thread: equal pieces of one memory (the kernel's UMEM) that sockets receive into and send from. A frame
 * belongs either to the pool, to a socket's rings, or to whoever {@link #take took} or received it.
 */
public final class FramePool implements AutoCloseable {
    /** What the kernel leaves free before each frame (XDP_PACKET_HEADROOM). */
    public static final int HEADROOM = 256;

    private final long base;
    private final int frameBytes;
    private final long[] free; // addresses, as a stack
    private int freeCount;
    private int registeredFd = -1; // of the socket that made the memory known
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
     * Makes one.
     *
     * @param frames as many as all rings hold together, and those that are worked on
     * @param frameBytes 2048 or 4096; {@link #HEADROOM} less fit, and a longer frame is dropped by the kernel
     */
    public static FramePool allocate(int frames, int frameBytes) throws KernelException {
        if (frames < 1 || (frameBytes != 2048 && frameBytes != 4096)) {
            throw new IllegalArgumentException(frames + " frames of " + frameBytes + " bytes can't be had");
        }
        return new FramePool(
                RingCalls.allocate((long) frames * frameBytes, "allocating " + frames + " frames"), frames, frameBytes);
    }

    /** The longest frame that fits, in bytes. */
    public int maxLength() {
        return frameBytes - HEADROOM;
    }

    /** Frames in the pool now. */
    public int available() {
        return freeCount;
    }

    /** The address of a frame, with {@link #HEADROOM} before it; 0 when there is none. */
    public long take() {
        return freeCount == 0 ? 0 : free[--freeCount] + HEADROOM;
    }

    /** Takes back the frame that has this address in it. */
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

    /** Takes a frame to hand to the kernel, which starts it at its beginning; there must be one. */
    long takeOffset() {
        return free[--freeCount] - base;
    }

    /** Frees the memory. Sockets that use it are closed before. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            RingCalls.unmap(base, bytes());
        }
    }
}
