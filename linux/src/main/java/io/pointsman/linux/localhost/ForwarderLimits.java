package io.pointsman.linux.localhost;

import java.time.Duration;

/**
 * Limits on the memory and the descriptors of a forwarder. A connection, like a UDP session, costs two sockets at most, and
 * up to 32 KiB while its ends read slowly.
 *
 * @param connections maximum number of TCP connections at a time; more are refused
 * @param sessions maximum number of UDP sessions at a time; datagrams of more are dropped
 * @param dial time in which an endpoint has to accept a connection
 * @param tcpIdle time for which a connection without traffic is kept
 * @param halfClosedIdle the same after one side has closed its half
 * @param udpIdle time for which a session without a datagram is kept
 */
public record ForwarderLimits(
        int connections, int sessions, Duration dial, Duration tcpIdle, Duration halfClosedIdle, Duration udpIdle) {
    /** Defaults, with kube-proxy's timeouts for TCP in connection tracking. */
    public static final ForwarderLimits DEFAULT = new ForwarderLimits(
            1000, 1000, Duration.ofSeconds(5), Duration.ofDays(1), Duration.ofHours(1), Duration.ofMinutes(2));

    public ForwarderLimits {
        if (connections < 1 || sessions < 1) {
            throw new IllegalArgumentException(
                    connections + " connections and " + sessions + " sessions: both must be at least 1");
        }
    }
}
