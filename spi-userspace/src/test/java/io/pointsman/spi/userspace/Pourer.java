package io.pointsman.spi.userspace;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Client that writes the bytes of {@link TestClient#pour} as fast as they are taken. */
public final class Pourer implements AutoCloseable {
    private static final long STUCK_NANOS = TimeUnit.MILLISECONDS.toNanos(700);

    private final SocketChannel channel;
    private final Random random;
    private final byte[] block = new byte[64 * 1024];
    private ByteBuffer left = ByteBuffer.allocate(0);
    private long written;

    public Pourer(InetSocketAddress to, long seed) throws IOException {
        channel = SocketChannel.open(to);
        random = new Random(seed);
    }

    public SocketChannel channel() {
        return channel;
    }

    /** Writes until no byte is taken for a while, or the limit is reached; returns the number of bytes written so far. */
    public long fill(long limit) throws IOException {
        channel.configureBlocking(false);
        long moved = System.nanoTime();
        while (written < limit && System.nanoTime() - moved < STUCK_NANOS) {
            if (writeSome() > 0) {
                moved = System.nanoTime();
            } else {
                LockSupport.parkNanos(1_000_000);
            }
        }
        channel.configureBlocking(true);
        return written;
    }

    /** Writes until the total is reached, then the FIN; returns the number of bytes written. */
    public long finish(long total) throws IOException {
        while (written < total) {
            writeSome();
        }
        while (left.hasRemaining()) {
            written += channel.write(left);
        }
        channel.shutdownOutput();
        return written;
    }

    private int writeSome() throws IOException {
        if (!left.hasRemaining()) {
            random.nextBytes(block);
            left = ByteBuffer.wrap(block.clone());
        }
        final int count = channel.write(left);
        written += count;
        return count;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
