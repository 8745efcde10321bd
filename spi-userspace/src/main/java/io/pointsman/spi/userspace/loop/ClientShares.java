package io.pointsman.spi.userspace.loop;

import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Number of connections of each client address. An IPv6 client counts as its /64 network, all of whose addresses it can use.
 * Safe on any thread.
 */
final class ClientShares {
    private static final long IPV4 = 0x0000_FFFF_0000_0000L; // a prefix that IPv6 never assigns

    private final int most;
    private final ConcurrentMap<Long, Integer> connections = new ConcurrentHashMap<>();

    /** @param most maximum number of connections of one client */
    ClientShares(int most) {
        this.most = most;
    }

    /** Counts one more connection of a client; false if it has reached its limit. */
    boolean admit(InetAddress client) {
        final Long key = key(client);
        if (connections.merge(key, 1, Integer::sum) <= most) {
            return true;
        }
        release(key);
        return false;
    }

    void release(InetAddress client) {
        release(key(client));
    }

    private void release(Long key) {
        connections.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
    }

    /** Number of clients that have connections. */
    int clients() {
        return connections.size();
    }

    private static Long key(InetAddress client) {
        final byte[] address = client.getAddress();
        final boolean isIpv4 = address.length == 4;
        long key = 0;
        for (int i = 0; i < (isIpv4 ? 4 : 8); i++) {
            key = (key << 8) | (address[i] & 0xFF);
        }
        return isIpv4 ? IPV4 | key : key;
    }
}
