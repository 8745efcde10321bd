package io.pointsman.linux.localhost;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A direction of a connection. Bytes that the receiver does not take are kept, and no more is read until it takes them. Loop
 * only.
 */
final class Stream {
    private static final int READ_BYTES = 1 << 14;

    private final SocketChannel from;
    private final SocketChannel to;
    private @Nullable ByteBuffer waiting;
    private boolean isEnded;

    Stream(SelectionKey from, SelectionKey to) {
        this.from = (SocketChannel) from.channel();
        this.to = (SocketChannel) to.channel();
    }

    /** Moves as many bytes as both sockets allow now, up to a bound. */
    void pump(ByteBuffer scratch) throws IOException {
        if (waiting != null) {
            to.write(waiting);
            if (waiting.hasRemaining()) {
                return;
            }
            waiting = null;
        }
        if (isEnded) {
            return;
        }
        scratch.clear().limit(READ_BYTES);
        if (from.read(scratch) < 0) {
            isEnded = true;
            to.shutdownOutput();
            return;
        }
        to.write(scratch.flip());
        if (scratch.hasRemaining()) {
            waiting = ByteBuffer.allocate(scratch.remaining()).put(scratch).flip();
        }
    }

    boolean reads() {
        return !isEnded && waiting == null;
    }

    boolean writes() {
        return waiting != null;
    }

    /** Whether the sender has closed its half and all bytes were passed on. */
    boolean isEnded() {
        return isEnded;
    }
}
