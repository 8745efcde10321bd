package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import java.util.Map;
import java.util.Set;

/**
 * What the node's network knows of addresses, beside its Node object.
 *
 * @param own addresses of its interfaces; empty where they are not known
 * @param taken addresses that its routes and subnets need, and what for: {@code the next hop to 0.0.0.0/0}
 */
public record HostAddresses(Set<IpAddress> own, Map<IpAddress, String> taken) {
    public HostAddresses {
        own = Set.copyOf(own);
        taken = Map.copyOf(taken);
    }

    /** Addresses of interfaces, and nothing known of their network. */
    public static HostAddresses of(Set<IpAddress> own) {
        return new HostAddresses(own, Map.of());
    }
}
