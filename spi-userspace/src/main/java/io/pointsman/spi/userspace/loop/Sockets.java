package io.pointsman.spi.userspace.loop;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Socket;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.socket.LinuxSocketOption;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.PoolEndpoint;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.Channel;
import java.nio.channels.SocketChannel;
import org.slf4j.LoggerFactory;

/** Helpers for sockets. */
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

    static ProtocolFamily family(IpFamily family) {
        return switch (family) {
            case IPV4 -> StandardProtocolFamily.INET;
            case IPV6 -> StandardProtocolFamily.INET6;
        };
    }

    /**
     * Lets a socket use another host's address as its source; false if the kernel refuses, although the probe succeeded. The
     * port is chosen at connect, so that connections to different endpoints may share one.
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

    /** Lets a socket bind to an address that is local by a route only, which IPv6 would refuse. */
    public static void bindFreely(int fd, IpFamily family) {
        try {
            final LinuxSocketOption option =
                    family == IpFamily.IPV4 ? LinuxSocketOption.IP_FREEBIND : LinuxSocketOption.IPV6_FREEBIND;
            option.set(fd, 1);
        } catch (KernelException e) {
            throw new ChannelException(e.getMessage(), e);
        }
    }

    /** Makes a close send a RST, not a FIN. */
    public static void resetOnClose(Socket socket) {
        try {
            socket.setSoLinger(0);
        } catch (IOException _) {
            // The peer's RST came first, so ours has no receiver.
        }
    }

    /** Closes a socket if it is open. */
    public static void close(Socket socket) {
        if (socket.isOpen()) {
            try {
                socket.close();
            } catch (IOException _) {
                // The descriptor is free; the kernel notifies the peer if it can.
            }
        }
    }

    /** Makes a close send a RST, not a FIN. */
    public static void resetOnClose(SocketChannel channel) {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException _) {
            // The peer's RST came first, so ours has no receiver.
        }
    }

    /** Closes a channel, ignoring errors. */
    public static void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException _) {
            // The descriptor is free all the same (close(2)).
        }
    }
}
