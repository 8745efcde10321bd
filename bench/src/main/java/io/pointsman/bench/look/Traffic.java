package io.pointsman.bench.look;

import io.pointsman.bench.kernel.Services;
import io.pointsman.linux.netns.NamespaceThread;
import io.pointsman.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** Clients of a node's Services, on the node itself, and the endpoint of all Services, which sends a byte and closes. */
final class Traffic implements AutoCloseable {
    private static final int BACKLOG = 4096;

    private final int services;
    private final ServerSocketChannel endpoint;
    private final NamespaceThread starter;

    Traffic(NetworkNamespace node, int services) throws IOException {
        this.services = services;
        endpoint = node.call(() -> ServerSocketChannel.open()
                .setOption(StandardSocketOptions.SO_REUSEADDR, true)
                .bind(new InetSocketAddress(Services.TARGET_PORT), BACKLOG));
        starter = node.openThread("traffic"); // its child threads are in the same namespace
        Thread.ofPlatform().daemon().name("endpoint").start(this::answer);
    }

    private void answer() {
        final ByteBuffer one = ByteBuffer.allocateDirect(1);
        while (endpoint.isOpen()) {
            try (SocketChannel socket = endpoint.accept()) {
                socket.write(one.clear());
            } catch (IOException _) {
                // closed, which is the normal end; or the client has disconnected
            }
        }
    }

    /** Opens connections to random Services, one after the other on each thread. */
    Contender.Work connect(int threads, double seconds) throws IOException, InterruptedException {
        final LongAdder done = new LongAdder();
        final AtomicReference<IOException> failure = new AtomicReference<>();
        final long startNanos = System.nanoTime();
        final long endNanos = startNanos + (long) (seconds * 1e9);
        final List<Thread> clients = starter.call(() -> {
            final List<Thread> started = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                final Random random = new Random(i);
                started.add(Thread.ofPlatform().start(() -> {
                    try {
                        while (System.nanoTime() - endNanos < 0) {
                            once(random.nextInt(services));
                            done.increment();
                        }
                    } catch (IOException e) {
                        failure.set(e);
                    }
                }));
            }
            return started;
        });
        for (Thread client : clients) {
            client.join();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
        return new Contender.Work(done.sum(), (System.nanoTime() - startNanos) / 1e9);
    }

    /** Whether the last Service answers. */
    boolean isServed() throws IOException {
        return starter.call(() -> {
            try {
                once(services - 1);
                return true;
            } catch (IOException _) {
                return false;
            }
        });
    }

    private static void once(int service) throws IOException {
        try (SocketChannel socket =
                SocketChannel.open(new InetSocketAddress(Services.vip(service).toInetAddress(), Services.PORT))) {
            final ByteBuffer one = ByteBuffer.allocate(1);
            while (socket.read(one) >= 0) {
                one.clear();
            }
        }
    }

    @Override
    public void close() {
        try {
            endpoint.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        starter.close();
    }
}
