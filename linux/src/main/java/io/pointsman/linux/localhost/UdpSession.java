package io.pointsman.linux.localhost;

import io.pointsman.plan.PoolEndpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A client's datagrams and the replies from one endpoint. If the endpoint refuses before its first reply, another is tried,
 * up to {@value #MAX_DIALS} in all; it gets the last datagram again, if that has at most {@value #MAX_KEPT_BYTES} bytes.
 * Loop only.
 */
final class UdpSession implements Ready {
    private static final int MAX_DIALS = 3;
    private static final int MAX_KEPT_BYTES = 1500;

    private final ForwarderLoop loop;
    private final UdpPort port;
    private final SocketAddress client;
    private final EndpointChoice choice;
    private final List<PoolEndpoint> tried = new ArrayList<>(MAX_DIALS);
    private @Nullable DatagramChannel server;
    private @Nullable ByteBuffer last;
    private boolean hasAnswered;
    private long deadlineNanos;

    UdpSession(ForwarderLoop loop, UdpPort port, SocketAddress client, EndpointChoice choice) {
        this.loop = loop;
        this.port = port;
        this.client = client;
        this.choice = choice;
    }

    boolean isStale() {
        return tried.isEmpty() || !choice.isServing(tried.getLast());
    }

    /** Sends a datagram to the endpoint; the first one chooses the endpoint. */
    void toEndpoint(ByteBuffer datagram, long nowNanos) {
        deadlineNanos = nowNanos + loop.limits.udpIdle().toNanos();
        if (!hasAnswered) {
            last = datagram.remaining() > MAX_KEPT_BYTES
                    ? null
                    : ByteBuffer.allocate(datagram.remaining())
                            .put(datagram.duplicate())
                            .flip();
        }
        final DatagramChannel now = server;
        if (now == null) {
            dial(datagram, nowNanos);
            return;
        }
        try {
            now.write(datagram);
        } catch (IOException _) { // it refused one before, which the socket tells now
            refused(datagram.rewind(), nowNanos);
        }
    }

    private void refused(@Nullable ByteBuffer datagram, long nowNanos) {
        Sockets.close(server);
        server = null;
        if (hasAnswered) {
            close();
        } else {
            dial(datagram, nowNanos);
        }
    }

    private void dial(@Nullable ByteBuffer datagram, long nowNanos) {
        Optional<PoolEndpoint> next = choice.next(tried, nowNanos);
        while (next.isPresent() && tried.size() < MAX_DIALS) {
            tried.add(next.get());
            if (begin(next.get(), datagram, nowNanos)) {
                return;
            }
            next = choice.next(tried, nowNanos);
        }
        close();
    }

    private boolean begin(PoolEndpoint endpoint, @Nullable ByteBuffer datagram, long nowNanos) {
        final InetSocketAddress address = Sockets.address(endpoint);
        DatagramChannel channel = null;
        try {
            channel = DatagramChannel.open(Sockets.family(address));
            channel.connect(address);
            loop.register(channel, SelectionKey.OP_READ, this);
            if (datagram != null) {
                channel.write(datagram.rewind());
            }
            server = channel;
            choice.made(endpoint, nowNanos);
            return true;
        } catch (IOException e) {
            loop.warn(endpoint + " can't be sent to: " + e.getMessage());
            Sockets.close(channel);
            return false;
        }
    }

    @Override
    public void ready(SelectionKey key, long nowNanos) throws IOException {
        final DatagramChannel now = server;
        if (now == null || !key.channel().equals(now)) {
            return;
        }
        final ByteBuffer datagram = loop.scratch.clear();
        if (now.receive(datagram) != null) {
            hasAnswered = true;
            last = null;
            deadlineNanos = nowNanos + loop.limits.udpIdle().toNanos();
            port.toClient(datagram.flip(), client);
        }
    }

    /** Tries another endpoint: this one's node reported that the port is closed. */
    @Override
    public void fail(SelectionKey key) {
        if (key.channel().equals(server)) {
            refused(last, System.nanoTime());
        }
    }

    void tick(long nowNanos) {
        if (nowNanos - deadlineNanos >= 0) {
            close();
        }
    }

    void close() {
        loop.sessions.remove(this);
        port.forget(client);
        Sockets.close(server);
    }
}
