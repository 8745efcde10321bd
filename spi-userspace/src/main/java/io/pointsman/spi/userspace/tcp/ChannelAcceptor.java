package io.pointsman.spi.userspace.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A Netty channel that listens, where there is no epoll. */
final class ChannelAcceptor implements Acceptor {
    private final ProxyContext proxy;
    private final TcpListener listener;
    private final RelayLoop relayLoop;
    private final ServerSocketChannel socket;

    /** @throws io.netty.channel.ChannelException when the process has no file descriptors left */
    ChannelAcceptor(ProxyContext proxy, TcpListener listener, ServerSocketChannel socket) {
        this.proxy = proxy;
        this.listener = listener;
        this.relayLoop = proxy.nextLane();
        this.socket = socket;
        socket.config().setBacklog(TcpListener.BACKLOG);
        socket.pipeline().addLast(new Handler());
    }

    @Override
    public CompletableFuture<Void> open() {
        return Sockets.bind(socket, relayLoop.loop(), listener.address());
    }

    private SpareDescriptor spare() {
        return relayLoop.spare();
    }

    @Override
    public boolean isOpen() {
        return socket.isActive();
    }

    @Override
    public CompletableFuture<Void> stop() {
        return Sockets.closed(socket);
    }

    private final class Handler extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            final SocketChannel client = (SocketChannel) accepted;
            final SpareDescriptor spare = spare();
            if (spare.isLent()) { // it was accepted to be told that there is no room
                Sockets.reset(client);
                spare.fill();
                return;
            }
            final InetSocketAddress from = client.remoteAddress();
            if (from == null || !proxy.admitRelay(from)) {
                Sockets.reset(client); // gone already, or one too many
                return;
            }
            try {
                TcpRelay.start(proxy, listener, client, from);
            } catch (Throwable e) { // it did not come so far as to look after itself
                Sockets.reset(client);
                proxy.releaseRelay(from);
                throw e;
            }
        }

        /** Accepting failed: out of file descriptors. Until some are freed, trying at once would only burn the loop. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            final Channel channel = context.channel();
            if (channel.config().isAutoRead()) {
                listener.cannotAccept(cause);
                if (spare().lend()) {
                    return; // the next is accepted, and told
                }
                spare().fill();
                channel.config().setAutoRead(false);
                final var _ = channel.eventLoop()
                        .schedule(
                                () -> channel.config().setAutoRead(true),
                                TcpListener.ACCEPT_PAUSE_MILLIS,
                                TimeUnit.MILLISECONDS);
            }
        }
    }
}
