package io.pointsman.linux.xdp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.pointsman.linux.libc.CallState;
import io.pointsman.linux.libc.RingCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Waits for frames without using the core. One thread; allocates only on construction. */
public final class FrameWait implements AutoCloseable {
    private static final short POLLIN = 1;
    private static final int POLLFD_BYTES = 8;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment polled;
    private final int count;
    private final CallState state = new CallState(arena);

    public FrameWait(List<XdpSocket> sockets) {
        count = sockets.size();
        polled = arena.allocate((long) POLLFD_BYTES * count, Integer.BYTES);
        for (int i = 0; i < count; i++) {
            polled.set(JAVA_INT, (long) i * POLLFD_BYTES, sockets.get(i).fd());
            polled.set(JAVA_SHORT, (long) i * POLLFD_BYTES + 4, POLLIN);
        }
    }

    /** Returns when a socket has a frame, or after that many milliseconds; at once for 0. */
    public void await(int timeoutMillis) {
        // The only failure is EINTR; the caller's next round is then the same as after a timeout.
        final int _ = RingCalls.poll(polled, count, timeoutMillis, state);
    }

    @Override
    public void close() {
        arena.close();
    }
}
