package io.pointsman.agent.http;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Identity of clients that share a quota: one IPv4 address, or one IPv6 /64 network, which a single host usually has for
 * itself.
 */
final class ClientQuota {
    private record Network(long prefix) {}

    private ClientQuota() {}

    /**
     * Returns an object that is equal for clients of one quota. All clients without an address, as they have
     * disconnected, share one.
     */
    static Object of(@Nullable InetSocketAddress client) {
        if (client == null) {
            return "gone";
        }
        return client.getAddress() instanceof Inet6Address address
                ? new Network(ByteBuffer.wrap(address.getAddress()).getLong())
                : client.getAddress();
    }
}
