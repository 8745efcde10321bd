package io.pointsman.linux.localhost;

import io.pointsman.plan.PoolEndpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection and the one to its endpoint. The client's bytes stay in the kernel until an endpoint has accepted.
 * If an endpoint does not, another is tried, up to {@value #MAX_DIALS} in all. A close of either end is passed on as a
 * close, a failure as a reset. Loop only.
 */
final class TcpRelay implements Ready {
    private static final int MAX_DIALS = 3;

    private final ForwarderLoop loop;
    private final SocketChannel client;
    private final SelectionKey clientKey;
    private final EndpointChoice choice;
    private final List<PoolEndpoint> tried = new ArrayList<>(MAX_DIALS);
    private @Nullable SocketChannel server;
    private @Nullable Streams streams;
    private long deadlineNanos;

    private TcpRelay(ForwarderLoop loop, SocketChannel client, EndpointChoice choice) throws IOException {
        this.loop = loop;
        this.client = client;
        this.choice = choice;
        client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        this.clientKey = loop.register(client, 0, this);
    }

    static void start(ForwarderLoop loop, SocketChannel client, EndpointChoice choice, long nowNanos) {
        final TcpRelay relay;
        try {
            relay = new TcpRelay(loop, client, choice);
        } catch (IOException _) { // the client has gone again
            Sockets.close(client);
            return;
        }
        loop.relays.add(relay);
        relay.dial(nowNanos);
    }

    /** Whether its endpoint was chosen by this object and has gone since. */
    boolean isStale(EndpointChoice by) {
        return choice.equals(by) && (tried.isEmpty() || !choice.isServing(tried.getLast()));
    }

    private void dial(long nowNanos) {
        Optional<PoolEndpoint> next = choice.next(tried, nowNanos);
        while (next.isPresent() && tried.size() < MAX_DIALS) {
            tried.add(next.get());
            if (begin(next.get(), nowNanos)) {
                return;
            }
            next = choice.next(tried, nowNanos);
        }
        reset();
    }

    private boolean begin(PoolEndpoint endpoint, long nowNanos) {
        final InetSocketAddress address = Sockets.address(endpoint);
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(Sockets.family(address));
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            final SelectionKey key = loop.register(channel, 0, this);
            server = channel;
            deadlineNanos = nowNanos + loop.limits.dial().toNanos();
            if (channel.connect(address)) {
                connected(key, nowNanos);
            } else {
                key.interestOps(SelectionKey.OP_CONNECT);
            }
            return true;
        } catch (IOException e) {
            loop.warn(endpoint + " can't be dialed: " + e.getMessage());
            Sockets.close(channel);
            return false;
        }
    }

    private void connected(SelectionKey serverKey, long nowNanos) {
        choice.made(tried.getLast(), nowNanos);
        streams = new Streams(clientKey, serverKey);
        streams.show();
        stayUntil(streams, nowNanos);
    }

    @Override
    public void ready(SelectionKey key, long nowNanos) throws IOException {
        final Streams open = streams;
        if (open == null) {
            if (key.channel().equals(server) && ((SocketChannel) key.channel()).finishConnect()) {
                connected(key, nowNanos);
            }
            return;
        }
        open.pump(loop.scratch);
        if (open.areOver()) {
            close();
        } else {
            open.show();
            stayUntil(open, nowNanos);
        }
    }

    private void stayUntil(Streams open, long nowNanos) {
        deadlineNanos =
                nowNanos + (open.isHalfClosed() ? loop.limits.halfClosedIdle() : loop.limits.tcpIdle()).toNanos();
    }

    @Override
    public void fail(SelectionKey key) {
        if (streams == null) {
            retry(System.nanoTime());
        } else {
            reset();
        }
    }

    private void retry(long nowNanos) {
        Sockets.close(server);
        server = null;
        dial(nowNanos);
    }

    void tick(long nowNanos) {
        if (nowNanos - deadlineNanos < 0) {
            return;
        }
        if (streams == null) {
            retry(nowNanos);
        } else {
            reset();
        }
    }

    void reset() {
        loop.relays.remove(this);
        Sockets.reset(client);
        Sockets.reset(server);
    }

    void close() {
        loop.relays.remove(this);
        Sockets.close(client);
        Sockets.close(server);
    }
}
