package io.pointsman.spi.userspace;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.PoolEndpoint;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** Small things about sockets. */
final class Sockets {
    private Sockets() {}

    static InetSocketAddress address(IpAddress address, int port) {
        return new InetSocketAddress(address.toInetAddress(), port);
    }

    static InetSocketAddress address(PoolEndpoint endpoint) {
        return address(endpoint.address(), endpoint.port());
    }

    static IpAddress ip(InetSocketAddress address) {
        return IpAddress.of(address.getAddress());
    }

    /** Closes with a RST, not with a FIN; what is not sent yet is lost. */
    static void reset(SocketChannel socket) {
        if (socket.isOpen()) {
            try {
                socket.config().setSoLinger(0);
            } catch (ChannelException _) {
                // The peer's RST was first: there is nobody left to tell.
            }
            if (socket.isRegistered()) {
                final var _ = socket.close();
            } else {
                socket.unsafe().closeForcibly();
            }
        }
    }

    /** Closes unless closed. */
    static void close(Channel channel) {
        if (channel.isOpen()) {
            final var _ = channel.close();
        }
    }

    /** Registers and binds; fails with what the host said, the channel then closed. */
    static CompletableFuture<Void> bind(Channel channel, EventLoop loop, InetSocketAddress address) {
        final CompletableFuture<Void> bound = new CompletableFuture<>();
        final var _ = loop.register(channel).addListener(registered -> {
            if (!registered.isSuccess()) {
                channel.unsafe().closeForcibly();
                bound.completeExceptionally(registered.cause());
                return;
            }
            final var _ = channel.bind(address).addListener(binding -> {
                if (binding.isSuccess()) {
                    bound.complete(null);
                } else {
                    close(channel);
                    bound.completeExceptionally(binding.cause());
                }
            });
        });
        return bound;
    }

    /** Closes; completes when the socket is gone. */
    static CompletableFuture<Void> closed(Channel channel) {
        final CompletableFuture<Void> closed = new CompletableFuture<>();
        final var _ = channel.close().addListener(_ -> closed.complete(null));
        return closed;
    }
}
