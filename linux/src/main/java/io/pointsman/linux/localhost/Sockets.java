package io.pointsman.linux.localhost;

import io.pointsman.plan.PoolEndpoint;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.Channel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Helpers for TCP and UDP sockets. */
final class Sockets {
    private Sockets() {}

    static ProtocolFamily family(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address
                ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6;
    }

    static InetSocketAddress address(PoolEndpoint endpoint) {
        return new InetSocketAddress(endpoint.address().toInetAddress(), endpoint.port());
    }

    /** Closes a channel that is no longer used; the kernel frees it even if it reports an error. */
    static void close(@Nullable Channel channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException _) { // of the connection, which is over
            return;
        }
    }

    /** Closes a connection with an RST. */
    static void reset(@Nullable SocketChannel channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException _) { // it is closed or reset already
            close(channel);
            return;
        }
        close(channel);
    }
}
