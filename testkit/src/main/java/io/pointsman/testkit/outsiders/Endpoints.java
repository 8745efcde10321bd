package io.pointsman.testkit.outsiders;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * The servers behind a site's Services, in their own process with its own descriptors. Argument: {@code ADDRESS}. Prints
 * {@code ready} once they listen, and exits when its standard input ends.
 *
 * <p>Over TCP a client's first byte is the request: for {@link #ONE_BYTE} the server sends that byte back and closes, for
 * {@link #STREAM} it sends an endless stream; a client that sends nothing stays connected. UDP answers with the request
 * itself.
 */
public final class Endpoints {
    static final byte ONE_BYTE = 'b';
    static final byte STREAM = 's';
    static final int QUIET_PORT = 8080;
    static final int SHARED_PORT = 8081;
    static final int FAST_UDP_PORT = 5301;
    static final int SLOW_UDP_PORT = 5302;

    /** Delay of a resolver that has to ask others. */
    private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    private static final int BACKLOG = 4096;
    private static final int STREAM_BYTES = 64 * 1024;

    private final Selector selector;
    private final ByteBuffer stream = ByteBuffer.allocateDirect(STREAM_BYTES);
    private final ByteBuffer input = ByteBuffer.allocateDirect(2048);
    private final Deque<Answer> later = new ArrayDeque<>();

    private record Answer(DatagramChannel from, SocketAddress to, ByteBuffer what, long atNanos) {}

    private enum Asked {
        NOTHING,
        STREAM
    }

    private Endpoints(Selector selector) {
        this.selector = selector;
    }

    public static void main(String[] args) throws IOException {
        final Thread end = Thread.ofPlatform().daemon().name("stdin").unstarted(Endpoints::endWithInput);
        try (Selector selector = Selector.open()) {
            final Endpoints endpoints = new Endpoints(selector);
            endpoints.listen(new InetSocketAddress(args[0], QUIET_PORT));
            endpoints.listen(new InetSocketAddress(args[0], SHARED_PORT));
            endpoints.receive(new InetSocketAddress(args[0], FAST_UDP_PORT), 0);
            endpoints.receive(new InetSocketAddress(args[0], SLOW_UDP_PORT), SLOW_NANOS);
            System.out.println("ready");
            end.start();
            while (true) {
                endpoints.serve();
            }
        }
    }

    private static void endWithInput() {
        try {
            while (System.in.read() >= 0) {
                // input is ignored
            }
        } catch (IOException _) {
            Runtime.getRuntime().halt(1);
        }
        Runtime.getRuntime().halt(0);
    }

    private void listen(InetSocketAddress address) throws IOException {
        final ServerSocketChannel channel = ServerSocketChannel.open();
        channel.bind(address, BACKLOG);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_ACCEPT);
    }

    private void receive(InetSocketAddress address, long delayNanos) throws IOException {
        final DatagramChannel channel = DatagramChannel.open();
        channel.bind(address);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, delayNanos);
    }

    private void serve() throws IOException {
        final Answer next = later.peek();
        if (next == null) {
            selector.select(this::handle);
        } else {
            final long waitNanos = next.atNanos() - System.nanoTime();
            if (waitNanos > 0) {
                selector.select(this::handle, TimeUnit.NANOSECONDS.toMillis(waitNanos) + 1);
            } else {
                later.remove();
                next.from().send(next.what(), next.to());
                selector.selectNow(this::handle);
            }
        }
    }

    private void handle(SelectionKey key) {
        try {
            switch (key.channel()) {
                case ServerSocketChannel listener -> accept(listener);
                case DatagramChannel datagrams -> answer(datagrams, (long) key.attachment());
                default -> serve(key, (SocketChannel) key.channel());
            }
        } catch (IOException _) {
            if (key.channel() instanceof SocketChannel client) {
                Connections.close(client); // it was reset
            }
        }
    }

    private void accept(ServerSocketChannel listener) throws IOException {
        for (SocketChannel client = listener.accept(); client != null; client = listener.accept()) {
            client.configureBlocking(false);
            client.register(selector, SelectionKey.OP_READ, Asked.NOTHING);
        }
    }

    private void answer(DatagramChannel channel, long delayNanos) throws IOException {
        for (SocketAddress from = channel.receive(input.clear()); from != null; from = channel.receive(input.clear())) {
            final ByteBuffer what = ByteBuffer.allocate(input.flip().remaining());
            what.put(input).flip();
            if (delayNanos == 0) {
                channel.send(what, from);
            } else {
                later.add(new Answer(channel, from, what, System.nanoTime() + delayNanos));
            }
        }
    }

    private void serve(SelectionKey key, SocketChannel client) throws IOException {
        if (key.attachment() == Asked.STREAM) {
            client.write(stream.clear());
            return;
        }
        if (client.read(input.clear()) < 0) {
            client.close();
            return;
        }
        switch (input.get(0)) {
            case ONE_BYTE -> {
                client.write(input.clear().limit(1));
                client.close();
            }
            case STREAM -> {
                key.attach(Asked.STREAM);
                key.interestOps(SelectionKey.OP_WRITE);
            }
            default -> throw new IOException("a client asks for " + input.get(0));
        }
    }
}
