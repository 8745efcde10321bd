package io.pointsman.agent.http;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Which clients share a quota: those of one IPv4 address, or of one IPv6 /64 network, which is what a single host is given. */
final class ClientQuota {
    private record Network(long prefix) {}

    private ClientQuota() {}

    /** Equal for clients that share one. A client that is gone already has no address; all of those share one. */
    static Object of(@Nullable InetSocketAddress client) {
        if (client == null) {
            return "gone";
        }
        return client.getAddress() instanceof Inet6Address address
                ? new Network(ByteBuffer.wrap(address.getAddress()).getLong())
                : client.getAddress();
    }
}
