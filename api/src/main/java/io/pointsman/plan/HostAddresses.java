package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import java.util.Map;
import java.util.Set;

/**
 * Addresses that the node's network configuration uses, in addition to those of its Node object.
 *
 * @param own addresses of its interfaces; empty if unknown
 * @param taken addresses that its routes and subnets need, with the purpose: {@code the next hop to 0.0.0.0/0}
 */
public record HostAddresses(Set<IpAddress> own, Map<IpAddress, String> taken) {
    public HostAddresses {
        own = Set.copyOf(own);
        taken = Map.copyOf(taken);
    }

    /** Creates facts of interface addresses only, with nothing known of routes and subnets. */
    public static HostAddresses of(Set<IpAddress> own) {
        return new HostAddresses(own, Map.of());
    }
}
