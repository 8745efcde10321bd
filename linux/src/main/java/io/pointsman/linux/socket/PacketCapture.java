package io.pointsman.linux.socket;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Copies of the frames on the interfaces of the network namespace of the thread that opened it (packet(7)). Needs
 * CAP_NET_RAW there. One thread reads; {@link #close} from any other ends its wait.
 */
public final class PacketCapture implements AutoCloseable {
    private static final int AF_PACKET = 17;
    private static final short ETH_P_ALL = 3;
    private static final int SOCKADDR_LL_BYTES = 20;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int BUFFER_BYTES = 8 << 20;
    private static final int FRAME_BYTES = 1 << 16;
    private static final int QUEUED_LIMIT = 100_000; // more than fit into the buffer: traffic that never ends

    private final Arena arena = Arena.ofShared();
    private final MemorySegment frame = arena.allocate(FRAME_BYTES, Long.BYTES);
    private final MemorySegment from = arena.allocate(SOCKADDR_LL_BYTES, Integer.BYTES);
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final int fd;
    private final int stopSignal;

    private final Object signalLock = new Object();
    private boolean released; // guarded by signalLock
    private int framesLeft = QUEUED_LIMIT;

    private PacketCapture(int fd, int stopSignal) {
        this.fd = fd;
        this.stopSignal = stopSignal;
    }

    /** Opens a capture of all frames; {@code linkIndex} 0 stands for every interface. */
    public static PacketCapture open(int linkIndex) throws KernelException {
        return open(linkIndex, FrameFilter.NONE);
    }

    /** Opens a capture of the frames that pass a filter; {@code linkIndex} 0 stands for every interface. */
    public static PacketCapture open(int linkIndex, FrameFilter filter) throws KernelException {
        final int stopSignal = FileCalls.eventFd();
        int fd = -1;
        try (Arena temporary = Arena.ofConfined()) {
            fd = SocketCalls.socket(AF_PACKET, SocketCalls.SOCK_RAW, 0);
            SocketCalls.setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES, "SO_RCVBUFFORCE");
            filter.attach(fd);
            final MemorySegment address = temporary.allocate(SOCKADDR_LL_BYTES, Integer.BYTES);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
            address.set(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, ETH_P_ALL);
            address.set(ValueLayout.JAVA_INT, 4, linkIndex);
            SocketCalls.bind(fd, address);
            return new PacketCapture(fd, stopSignal);
        } catch (KernelException e) {
            FileCalls.close(stopSignal);
            if (fd >= 0) {
                FileCalls.close(fd);
            }
            throw e;
        }
    }

    /** Receiver of captured frames. */
    @FunctionalInterface
    public interface FrameReader {
        /**
         * Reads a frame.
         *
         * @param frame from the Ethernet header on, read-only, valid during the call
         */
        void frame(ByteBuffer frame, int linkIndex);
    }

    /** Waits for a frame and passes it on; false once closed, or once stopped and all queued frames are passed on. */
    public synchronized boolean next(FrameReader reader) throws KernelException {
        while (!closed.get()) {
            final boolean isStopping = stopped.get();
            if (isStopping && framesLeft-- == 0) {
                return false;
            }
            final int ready = FileCalls.poll(-1, fd, stopSignal);
            if (ready == 1) {
                return false;
            }
            if (ready == 0 && receive(reader)) {
                return true;
            }
        }
        return false;
    }

    private boolean receive(FrameReader reader) throws KernelException {
        try {
            final long length = SocketCalls.receive(
                    fd, frame, SocketCalls.MSG_DONTWAIT | SocketCalls.MSG_TRUNC, from, "capturing frames");
            final MemorySegment received = frame.asSlice(0, Math.min(length, FRAME_BYTES));
            reader.frame(received.asReadOnly().asByteBuffer(), from.get(ValueLayout.JAVA_INT, 4));
            return true;
        } catch (KernelException e) {
            // ENETDOWN: an interface went down; the others go on
            if (e.is(Errno.EAGAIN) || e.is(Errno.ENETDOWN)) {
                return false;
            }
            throw e;
        }
    }

    /** Ends the wait for frames, after those that are queued already. */
    public void stop() {
        stopped.set(true);
        synchronized (signalLock) {
            if (!released) {
                signal();
            }
        }
    }

    private void signal() {
        try {
            FileCalls.signal(stopSignal);
        } catch (KernelException e) {
            throw new IllegalStateException("can't wake the reader of a capture", e);
        }
    }

    /** Wakes a reader, waits until it has returned, then frees the socket. Does nothing if closed already. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            stop();
            release();
        }
    }

    private synchronized void release() {
        synchronized (signalLock) {
            released = true;
            FileCalls.close(stopSignal);
        }
        FileCalls.close(fd);
        arena.close();
    }
}
