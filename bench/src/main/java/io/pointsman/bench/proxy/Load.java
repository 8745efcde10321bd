package io.pointsman.bench.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Client and endpoint of a measurement. The first byte of a client selects the endpoint's behaviour: {@code s} reads a
 * stream, {@code p} sends one byte back and closes.
 */
final class Load implements AutoCloseable {
    private static final int BLOCK = 256 * 1024;

    private final ServerSocketChannel listening;
    private final LongAdder sunk = new LongAdder();

    Load() throws IOException {
        listening = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096);
        Thread.ofPlatform().daemon().start(this::accept);
    }

    int port() {
        return listening.socket().getLocalPort();
    }

    private void accept() {
        while (listening.isOpen()) {
            try {
                final SocketChannel socket = listening.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (ClosedChannelException _) {
                return;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void serve(SocketChannel socket) {
        try (socket) {
            final ByteBuffer first = ByteBuffer.allocateDirect(1);
            if (socket.read(first) == 1 && first.get(0) == 's') {
                final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
                for (int read = 0; read >= 0; read = socket.read(block.clear())) {
                    sunk.add(read);
                }
            } else if (first.position() == 1) {
                socket.write(first.flip());
            }
        } catch (IOException _) {
            // The measurement is over.
        }
    }

    /** Sends one stream; returns the bits per second that reach the endpoint. */
    double stream(int port, double seconds) throws Exception {
        try (SocketChannel socket = open(port)) {
            socket.write(ByteBuffer.wrap(new byte[] {'s'}));
            final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
            final long before = sunk.sum();
            final long start = System.nanoTime();
            final long end = start + (long) (seconds * 1e9);
            while (System.nanoTime() - end < 0) {
                block.clear();
                while (block.hasRemaining()) {
                    socket.write(block);
                }
            }
            return (sunk.sum() - before) * 8.0 / ((System.nanoTime() - start) / 1e9);
        }
    }

    /** Opens connections one after the other on each thread: connect, a byte each way, close. Returns them per second. */
    double connections(int port, int threads, double seconds) throws Exception {
        final LongAdder done = new LongAdder();
        final long start = System.nanoTime();
        final long end = start + (long) (seconds * 1e9);
        final List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            clients.add(Thread.ofPlatform().start(() -> {
                while (System.nanoTime() - end < 0) {
                    once(port);
                    done.increment();
                }
            }));
        }
        for (Thread client : clients) {
            client.join();
        }
        return done.sum() / ((System.nanoTime() - start) / 1e9);
    }

    private static void once(int port) {
        try (SocketChannel socket = open(port)) {
            final ByteBuffer one = ByteBuffer.allocateDirect(1).put(0, (byte) 'p');
            socket.write(one);
            one.clear();
            while (socket.read(one) >= 0) {
                one.clear();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SocketChannel open(int port) throws IOException {
        return SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Waits, so that the end of one measurement does not disturb the next. */
    static void rest() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(200);
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
