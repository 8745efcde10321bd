package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import java.util.Objects;

/**
 * An endpoint that a connection may go to.
 *
 * @param port 1 to 65535
 * @param weight share relative to the others in its pool, 0 to 65535; 0 takes no new connections
 * @param local on this node
 */
public record PoolEndpoint(IpAddress address, int port, int weight, boolean local) implements Comparable<PoolEndpoint> {
    public PoolEndpoint {
        Objects.requireNonNull(address, "address");
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " of endpoint " + address + " is not in 1..65535");
        }
        if (weight < 0 || weight > 65535) {
            throw new IllegalArgumentException("weight " + weight + " of endpoint " + address + " is not in 0..65535");
        }
    }

    @Override
    public int compareTo(PoolEndpoint other) {
        final int order = address.compareTo(other.address);
        return order == 0 ? Integer.compare(port, other.port) : order;
    }

    /** Formats as {@code 10.180.1.136:8080}. */
    @Override
    public String toString() {
        return address.withPort(port);
    }
}
