package io.pointsman.spi.userspace;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.EndpointPool;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/** Accepts the connections of one frontend at one address. */
final class TcpListener implements Listener {
    private static final RareWarning CANNOT_ACCEPT = new RareWarning(
            LoggerFactory.getLogger(TcpListener.class), "can't accept at {} for the moment ({} times before)");
    private static final int BACKLOG = 4096; // the kernel takes no more than net.core.somaxconn
    private static final long ACCEPT_PAUSE_MILLIS = 100;

    private final ProxyContext proxy;
    private final InetSocketAddress address;
    private final ServerSocketChannel socket;
    private volatile EndpointPool serving;

    /** @throws io.netty.channel.ChannelException when the process has no file descriptors left */
    TcpListener(ProxyContext proxy, InetSocketAddress address, IpFamily family, EndpointPool serving) {
        this.proxy = proxy;
        this.address = address;
        this.serving = serving;
        this.socket = proxy.transport().newServerSocket(family);
        socket.config().setBacklog(BACKLOG);
        socket.pipeline().addLast(new Acceptor());
        if (proxy.host().isRouted(Sockets.ip(address))) {
            Sockets.bindFreely(socket, family);
        }
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public CompletableFuture<Void> open() {
        return Sockets.bind(socket, proxy.nextLane().loop(), address);
    }

    @Override
    public boolean isOpen() {
        return socket.isActive();
    }

    @Override
    public CompletableFuture<Void> serving(EndpointPool endpoints) {
        final EndpointPool before = serving;
        serving = endpoints;
        if (!proxy.settings().drainTimeout().isZero() && !before.endpoints().equals(endpoints.endpoints())) {
            drain(before, endpoints);
        }
        return CompletableFuture.completedFuture(null);
    }

    private void drain(EndpointPool before, EndpointPool after) {
        final Set<Target> gone = new HashSet<>(Target.of(before));
        gone.removeAll(Target.of(after));
        if (!gone.isEmpty()) {
            final long delay = proxy.settings().drainTimeout().toNanos();
            for (Lane lane : proxy.lanes()) {
                final var _ = lane.loop().schedule(() -> cut(lane, gone), delay, TimeUnit.NANOSECONDS);
            }
        }
    }

    /** Those that came back while their connections drained keep them. */
    private void cut(Lane lane, Set<Target> gone) {
        final Set<Target> back = Target.of(serving);
        lane.abort(relay -> {
            final Target target = Target.of(relay.endpoint());
            return relay.listener() == this && gone.contains(target) && !back.contains(target);
        });
    }

    @Override
    public CompletableFuture<Void> close() {
        return Sockets.closed(socket);
    }

    private final class Acceptor extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            TcpRelay.start(proxy, TcpListener.this, (SocketChannel) accepted);
        }

        /** Accepting failed: out of file descriptors. Until some are freed, trying at once would only burn the loop. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            final Channel channel = context.channel();
            if (channel.config().isAutoRead()) {
                CANNOT_ACCEPT.warn(address, cause);
                channel.config().setAutoRead(false);
                final var _ = channel.eventLoop()
                        .schedule(() -> channel.config().setAutoRead(true), ACCEPT_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }
}
