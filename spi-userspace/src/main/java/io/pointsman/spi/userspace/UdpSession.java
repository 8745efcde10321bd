package io.pointsman.spi.userspace;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.pointsman.nat.ConnectDecision;
import io.pointsman.plan.PoolEndpoint;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client at one UDP frontend, with a socket of its own towards its endpoint, by which answers find back. On its
 * listener's event loop only.
 */
final class UdpSession {
    private static final Logger LOGGER = LoggerFactory.getLogger(UdpSession.class);
    private static final RareWarning NO_SOCKET =
            new RareWarning(LOGGER, "no socket towards {}, a datagram is lost ({} times before)");
    private static final int MOST_WAITING = 16; // datagrams, while the socket is being set up

    private final ProxyContext proxy;
    private final UdpListener listener;
    private final InetSocketAddress client;
    private final Queue<ByteBuf> waiting = new ArrayDeque<>(0);
    private @Nullable Set<PoolEndpoint> unreachable; // none until the first was
    private ConnectDecision.@Nullable Forward choice;
    private @Nullable Upstream upstream; // the one in use
    private boolean connected;
    private boolean replied;
    private boolean ended;
    private int unreported; // bytes sent since the engine was last told
    private long lastDatagramNanos;

    UdpSession(ProxyContext proxy, UdpListener listener, InetSocketAddress client) {
        this.proxy = proxy;
        this.listener = listener;
        this.client = client;
    }

    InetSocketAddress client() {
        return client;
    }

    PoolEndpoint endpoint() {
        return choice().endpoint();
    }

    private ConnectDecision.Forward choice() {
        return Objects.requireNonNull(choice, "a session has an endpoint from its first dial");
    }

    boolean isEnded() {
        return ended;
    }

    /** An endpoint has answered. */
    boolean isReplied() {
        return replied;
    }

    long lastDatagramNanos() {
        return lastDatagramNanos;
    }

    void lastDatagramNanos(long nanos) {
        lastDatagramNanos = nanos;
    }

    /** Directs the session to an endpoint; false when there is no socket to be had, the flow then forgotten. */
    boolean dial(ConnectDecision.Forward forward) {
        choice = forward;
        connected = false;
        final DatagramChannel socket = newSocket(forward);
        if (socket == null) {
            proxy.engine().disconnect(forward.flow(), proxy.nanoTime());
            return false;
        }
        final Upstream dialed = new Upstream(socket);
        upstream = dialed;
        final @Nullable InetSocketAddress source = proxy.host().sourceOf(client, forward);
        if (source != null && !Sockets.borrow(socket, source)) {
            socket.unsafe().closeForcibly();
            proxy.engine().disconnect(forward.flow(), proxy.nanoTime());
            return false;
        }
        socket.config().setRecvByteBufAllocator(UdpListener.WHOLE_DATAGRAMS);
        socket.pipeline().addLast(dialed);
        final var _ = listener.lane().loop().register(socket).addListener(registered -> {
            if (registered.isSuccess()) {
                final var _ = socket.connect(Sockets.address(forward.endpoint()), source)
                        .addListener(done -> connected(dialed, done.isSuccess()));
            } else {
                connected(dialed, false);
            }
        });
        return true;
    }

    private @Nullable DatagramChannel newSocket(ConnectDecision.Forward forward) {
        try {
            return proxy.transport()
                    .newDatagramSocket(forward.endpoint().address().family());
        } catch (ChannelException e) {
            LOGGER.debug("no socket towards {}, ending an older session for it", forward.endpoint(), e);
            listener.lane().udpSessions().evict();
        }
        if (ended) {
            return null; // it was this one
        }
        try {
            return proxy.transport()
                    .newDatagramSocket(forward.endpoint().address().family());
        } catch (ChannelException e) {
            NO_SOCKET.warn(forward.endpoint(), e);
            return null;
        }
    }

    private void connected(Upstream dialed, boolean success) {
        if (!isCurrent(dialed)) {
            Sockets.close(dialed.socket);
        } else if (success) {
            connected = true;
            for (ByteBuf datagram = waiting.poll(); datagram != null; datagram = waiting.poll()) {
                final var _ = dialed.socket.write(datagram, dialed.socket.voidPromise());
            }
            dialed.socket.flush();
        } else {
            tryAnother();
        }
    }

    private boolean isCurrent(Upstream one) {
        return one == upstream && !ended;
    }

    /** Takes over the buffer. A datagram that can't be sent now is dropped. */
    void send(ByteBuf datagram) {
        if (ended) {
            datagram.release();
            return;
        }
        unreported += datagram.readableBytes();
        listener.lane().udpSessions().touch(this);
        final Upstream to = upstream;
        if (to != null && connected && to.socket.isWritable()) {
            final var _ = to.socket.write(datagram, to.socket.voidPromise());
        } else if (!connected && waiting.size() < MOST_WAITING) {
            waiting.add(datagram);
        } else {
            datagram.release();
        }
    }

    void flush() {
        final Upstream to = upstream;
        if (to != null && !ended) {
            proxy.engine().transferred(choice().flow(), unreported, 0, proxy.nanoTime());
            unreported = 0;
            to.socket.flush();
        }
    }

    /** The endpoint said it is not there. Its datagram is lost, as it would be without a proxy; the next goes elsewhere. */
    private void tryAnother() {
        final ConnectDecision.Forward failed = choice();
        final Upstream old = upstream;
        if (unreachable == null) {
            unreachable = new HashSet<>();
        }
        unreachable.add(failed.endpoint());
        final ConnectDecision next = proxy.engine().retry(failed.flow(), unreachable, proxy.nanoTime());
        if (!(next instanceof ConnectDecision.Forward forward) || !dial(forward)) {
            end();
        }
        if (old != null) {
            Sockets.close(old.socket);
        }
    }

    /** Forgets the client: its next datagram starts anew. */
    void end() {
        if (ended) {
            return;
        }
        ended = true;
        listener.remove(this);
        proxy.engine().disconnect(choice().flow(), proxy.nanoTime());
        waiting.forEach(ByteBuf::release);
        waiting.clear();
        if (upstream != null) {
            Sockets.close(upstream.socket);
        }
    }

    private final class Upstream extends ChannelInboundHandlerAdapter {
        private final DatagramChannel socket;
        private int bytes;

        Upstream(DatagramChannel socket) {
            this.socket = socket;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            final ByteBuf datagram = ((DatagramPacket) message).content();
            if (!isCurrent(this)) {
                datagram.release(); // an answer of the endpoint before
                return;
            }
            if (!replied) {
                replied = true;
                unreachable = null;
                proxy.engine().established(choice().flow(), proxy.nanoTime());
            }
            bytes += datagram.readableBytes();
            listener.lane().udpSessions().touch(UdpSession.this);
            listener.reply(client, datagram);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (isCurrent(this)) {
                proxy.engine().transferred(choice().flow(), 0, bytes, proxy.nanoTime());
                bytes = 0;
                listener.flushReplies();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (cause instanceof PortUnreachableException && isCurrent(this)) {
                tryAnother();
            } else {
                LOGGER.debug("a datagram between {} and its endpoint is lost", client, cause);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (isCurrent(this)) {
                end();
            }
        }
    }
}
