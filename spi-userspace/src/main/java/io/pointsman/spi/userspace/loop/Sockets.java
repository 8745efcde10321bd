package io.pointsman.spi.userspace.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.Socket;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.socket.LinuxSocketOption;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.PoolEndpoint;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import org.slf4j.LoggerFactory;

/** Small things about sockets. */
public final class Sockets {
    private static final RareWarning CANNOT_BORROW = new RareWarning(
            LoggerFactory.getLogger(Sockets.class), "no socket may have the source {} ({} times before)");

    private Sockets() {}

    public static InetSocketAddress address(IpAddress address, int port) {
        return new InetSocketAddress(address.toInetAddress(), port);
    }

    public static InetSocketAddress address(PoolEndpoint endpoint) {
        return address(endpoint.address(), endpoint.port());
    }

    public static IpAddress ip(InetSocketAddress address) {
        return IpAddress.of(address.getAddress());
    }

    /**
     * Lets a socket have an address that is another host's; false when the kernel does not, which it was asked before. The
     * port is chosen when it connects, so that connections to different endpoints may share one.
     */
    public static boolean borrow(int fd, InetSocketAddress source) {
        try {
            if (source.getAddress() instanceof Inet4Address) {
                LinuxSocketOption.IP_TRANSPARENT.set(fd, 1);
            } else {
                LinuxSocketOption.IPV6_TRANSPARENT.set(fd, 1);
            }
            LinuxSocketOption.IP_BIND_ADDRESS_NO_PORT.set(fd, 1);
            return true;
        } catch (KernelException e) {
            CANNOT_BORROW.warn(source, e);
            return false;
        }
    }

    /** Lets a socket be bound to an address that is this host's by a route only, which IPv6 would refuse. */
    public static void bindFreely(int fd, IpFamily family) {
        try {
            final LinuxSocketOption option =
                    family == IpFamily.IPV4 ? LinuxSocketOption.IP_FREEBIND : LinuxSocketOption.IPV6_FREEBIND;
            option.set(fd, 1);
        } catch (KernelException e) {
            throw new ChannelException(e.getMessage(), e);
        }
    }

    /** Closes with a RST, not with a FIN; what is not sent yet is lost. */
    public static void reset(SocketChannel socket) {
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

    /** Has a close send a RST, not a FIN. */
    public static void resetOnClose(Socket socket) {
        try {
            socket.setSoLinger(0);
        } catch (IOException _) {
            // The peer's RST was first: there is nobody left to tell.
        }
    }

    /** Closes unless closed. */
    public static void close(Socket socket) {
        if (socket.isOpen()) {
            try {
                socket.close();
            } catch (IOException _) {
                // The descriptor is free; the peer is told by the kernel, as far as it can be.
            }
        }
    }

    /** Closes unless closed. */
    public static void close(Channel channel) {
        if (channel.isOpen()) {
            final var _ = channel.close();
        }
    }

    /** Registers and binds; fails with what the host said, the channel then closed. */
    public static CompletableFuture<Void> bind(Channel channel, EventLoop loop, InetSocketAddress address) {
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
    public static CompletableFuture<Void> closed(Channel channel) {
        final CompletableFuture<Void> closed = new CompletableFuture<>();
        final var _ = channel.close().addListener(_ -> closed.complete(null));
        return closed;
    }
}
