package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.util.Objects;

/**
 * The protocol, virtual address and port that a client dials. Keys the rules of a plan; the {@link Rule} has the kind of
 * address.
 *
 * <p>A node port is one frontend, not one for each node address: its VIP is the family's unspecified address, and {@link
 * NodeFacts#servesNodePorts} says which destinations it covers.
 *
 * @param port 1 to 65535
 */
public record Frontend(Protocol protocol, IpAddress vip, int port) implements Comparable<Frontend> {
    public Frontend {
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(vip, "vip");
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " of " + vip + " is not in 1..65535");
        }
    }

    /** Returns the frontend of a node port in one family. */
    public static Frontend nodePort(Protocol protocol, IpFamily family, int port) {
        return new Frontend(protocol, IpAddress.unspecified(family), port);
    }

    public boolean isNodePort() {
        return vip.isUnspecified();
    }

    public IpFamily family() {
        return vip.family();
    }

    @Override
    public int compareTo(Frontend other) {
        int order = vip.compareTo(other.vip);
        if (order == 0) {
            order = Integer.compare(port, other.port);
        }
        return order == 0 ? protocol.compareTo(other.protocol) : order;
    }

    /** Formats as {@code TCP 10.0.170.92:80} or {@code TCP node port 30080 (IPv4)}. */
    @Override
    public String toString() {
        return isNodePort()
                ? protocol + " node port " + port + " (" + family() + ")"
                : protocol + " " + vip.withPort(port);
    }
}
