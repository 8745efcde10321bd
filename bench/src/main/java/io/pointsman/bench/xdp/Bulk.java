package io.pointsman.bench.xdp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** A TCP connection through the node, one way, at full speed. */
final class Bulk {
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int CONNECT_MILLIS = 30_000;

    private Bulk() {}

    /** Returns the gigabits per second that arrive, measured after a warm-up. */
    static double gigabits(Road road, int warmUpSeconds, int seconds) throws IOException {
        final AtomicLong received = new AtomicLong();
        final AtomicBoolean isOver = new AtomicBoolean();
        try (ServerSocketChannel listener = road.sink.call(ServerSocketChannel::open);
                SocketChannel client = road.client.call(SocketChannel::open)) {
            listener.bind(new InetSocketAddress(InetAddress.ofLiteral(Road.ENDPOINT), Road.ENDPOINT_PORT));
            client.socket().connect(new InetSocketAddress(InetAddress.ofLiteral(Road.VIP), Road.PORT), CONNECT_MILLIS);
            try (SocketChannel server = listener.accept()) {
                final Thread sender = Thread.ofPlatform().name("sender").unstarted(() -> send(client, isOver));
                final Thread receiver =
                        Thread.ofPlatform().name("receiver").unstarted(() -> receive(server, received, isOver));
                sender.start();
                receiver.start();
                Thread.sleep(warmUpSeconds * 1000L);
                final long before = received.get();
                final long startNanos = System.nanoTime();
                Thread.sleep(seconds * 1000L);
                final double gigabits = (received.get() - before) * 8.0 / (System.nanoTime() - startNanos);
                isOver.set(true);
                return gigabits;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static void send(SocketChannel client, AtomicBoolean isOver) {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try {
            while (!isOver.get()) {
                final int _ = client.write(buffer.clear());
            }
        } catch (IOException e) {
            unlessOver(isOver, e);
        }
    }

    private static void receive(SocketChannel server, AtomicLong received, AtomicBoolean isOver) {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try {
            while (!isOver.get()) {
                received.addAndGet(server.read(buffer.clear()));
            }
        } catch (IOException e) {
            unlessOver(isOver, e);
        }
    }

    /** Rethrows an error, unless the measurement is over and the sockets were closed. */
    private static void unlessOver(AtomicBoolean isOver, IOException e) {
        if (!isOver.get()) {
            throw new UncheckedIOException(e);
        }
    }
}
