package io.pointsman.agent.control;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A socket channel whose reads and writes have a time limit. Used by one thread; another may close it. */
final class TimedChannel implements AutoCloseable {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;

    TimedChannel(SocketChannel channel) throws IOException {
        this.channel = channel;
        selector = Selector.open();
        try {
            channel.configureBlocking(false);
            key = channel.register(selector, 0);
        } catch (IOException | RuntimeException e) {
            selector.close();
            throw e;
        }
    }

    /**
     * Waits for data and reads it; returns -1 at the end.
     *
     * @throws InterruptedIOException if nothing came in time
     */
    int read(ByteBuffer buffer, Duration patience) throws IOException {
        int count = channel.read(buffer);
        final long deadlineNanos = System.nanoTime() + patience.toNanos();
        while (count == 0) {
            await(SelectionKey.OP_READ, deadlineNanos, patience);
            count = channel.read(buffer);
        }
        return count;
    }

    /**
     * Writes the whole buffer.
     *
     * @param patience time limit for the other side to take a part; each part renews it
     * @throws InterruptedIOException if it took nothing for that long
     */
    void write(ByteBuffer buffer, Duration patience) throws IOException {
        long deadlineNanos = System.nanoTime() + patience.toNanos();
        while (buffer.hasRemaining()) {
            if (channel.write(buffer) > 0) {
                deadlineNanos = System.nanoTime() + patience.toNanos();
            } else {
                await(SelectionKey.OP_WRITE, deadlineNanos, patience);
            }
        }
    }

    private void await(int operation, long deadlineNanos, Duration patience) throws IOException {
        final long leftNanos = deadlineNanos - System.nanoTime();
        if (leftNanos <= 0) {
            throw new InterruptedIOException(
                    "the other side of the socket was silent for " + patience.toMillis() + " ms");
        }
        if (!selector.isOpen()) {
            throw new EOFException("closed");
        }
        key.interestOps(operation);
        selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(leftNanos)));
        selector.selectedKeys().clear();
    }

    @Override
    public void close() throws IOException {
        try (selector) {
            channel.close();
        }
    }
}
