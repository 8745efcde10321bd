package io.pointsman.linux.conntrack;

import io.pointsman.model.IpAddress;
import java.util.Objects;

/**
 * Addresses and ports of one direction of a tracked connection.
 *
 * @param protocol IP protocol number: 6 TCP, 17 UDP, 132 SCTP, 1 ICMP, 58 ICMPv6
 * @param sourcePort 0 to 65535; for ICMP the identifier
 * @param destinationPort 0 to 65535; for ICMP type * 256 + code
 */
public record ConntrackTuple(
        int protocol, IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int SCTP = 132;
    static final int ICMP = 1;
    static final int ICMPV6 = 58;

    public ConntrackTuple {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(destination, "destination");
        if (source.family() != destination.family()) {
            throw new IllegalArgumentException("a tuple from " + source + " to " + destination);
        }
    }

    boolean isIcmp() {
        return protocol == ICMP || protocol == ICMPV6;
    }

    /** Returns the tuple as text, {@code 17 10.0.0.1:4711 -> 10.96.0.10:53}. */
    @Override
    public String toString() {
        return protocol + " " + source.withPort(sourcePort) + " -> " + destination.withPort(destinationPort);
    }
}
