package io.pointsman.testkit.lab;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Runs all servers of a lab except SCTP on one thread. Sockets are opened on their hosts' threads, so they belong to the
 * hosts.
 */
final class EchoServers implements AutoCloseable {
    private final Selector selector;
    private final ConcurrentLinkedQueue<Runnable> requests = new ConcurrentLinkedQueue<>();
    private final Queue<SctpEchoServer> sctpServers = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    EchoServers() throws IOException {
        selector = Selector.open();
        thread = Thread.ofPlatform().daemon().name("lab echo servers").start(this::serve);
    }

    EchoServer start(LabHost host, Protocol protocol, IpAddress address, int port) throws IOException {
        final InetSocketAddress local = new InetSocketAddress(address.toInetAddress(), port);
        final StandardProtocolFamily family =
                address.isIpv4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        try {
            return switch (protocol) {
                case TCP -> {
                    final ServerSocketChannel channel = host.call(() -> ServerSocketChannel.open(family));
                    channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                    yield register(
                            channel,
                            channel.bind(local, 1024),
                            SelectionKey.OP_ACCEPT,
                            new EchoListener(host.name(), channel, selector));
                }
                case UDP -> {
                    final DatagramChannel channel = host.call(() -> DatagramChannel.open(family));
                    yield register(
                            channel,
                            channel.bind(local),
                            SelectionKey.OP_READ,
                            new EchoDatagrams(host.name(), channel));
                }
                case SCTP -> {
                    final SctpEchoServer server = SctpEchoServer.start(host, address, port);
                    sctpServers.add(server);
                    yield server;
                }
            };
        } catch (IOException e) {
            throw new IOException("can't serve " + protocol + " at " + address.withPort(port) + " on " + host, e);
        }
    }

    private EchoServer register(SelectableChannel channel, Object bound, int interest, EchoHandler handler)
            throws IOException {
        channel.configureBlocking(false);
        submit(() -> {
            try {
                channel.register(selector, interest, handler);
            } catch (IOException e) {
                throw new UncheckedIOException("can't register " + bound, e);
            }
        });
        return new EchoServer() {
            @Override
            public void stopAccepting() {
                submitAndWait(handler::stopAccepting);
            }

            @Override
            public void close() {
                submitAndWait(handler::close);
            }
        };
    }

    private void submit(Runnable request) {
        requests.add(request);
        selector.wakeup();
    }

    private void submitAndWait(Runnable request) {
        if (closed) {
            return;
        }
        final CountDownLatch done = new CountDownLatch(1);
        submit(() -> {
            request.run();
            letGoOfClosed();
            done.countDown();
        });
        try {
            while (!done.await(100, TimeUnit.MILLISECONDS) && thread.isAlive()) {
                selector.wakeup();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Releases closed channels, which keep their sockets until the selector runs again. */
    private void letGoOfClosed() {
        try {
            selector.selectNow(EchoServers::handle);
        } catch (IOException e) {
            throw new UncheckedIOException("the lab's echo servers stopped", e);
        }
    }

    private void serve() {
        try (selector) {
            while (!closed) {
                for (Runnable request = requests.poll(); request != null; request = requests.poll()) {
                    request.run();
                }
                selector.select(EchoServers::handle);
            }
            for (SelectionKey key : selector.keys()) {
                ((EchoHandler) key.attachment()).close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the lab's echo servers stopped", e);
        }
    }

    private static void handle(SelectionKey key) {
        final EchoHandler handler = (EchoHandler) key.attachment();
        try {
            handler.ready();
        } catch (CancelledKeyException | IOException _) {
            handler.close(); // the client is gone or was reset
        }
    }

    @Override
    public void close() {
        closed = true;
        sctpServers.forEach(SctpEchoServer::close);
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
