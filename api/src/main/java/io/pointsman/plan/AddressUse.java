package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import java.util.Set;

/**
 * Addresses of a Service that matter to the data plane.
 *
 * @param vips addresses it asks for, granted or not
 * @param endpoints its endpoints, as they would be dialed
 * @param leftAlone endpoints that are also a frontend of the same port at a node's address: a process there serves it
 *     itself
 */
record AddressUse(Set<IpAddress> vips, Set<Frontend> endpoints, Set<Frontend> leftAlone) {
    static final AddressUse NONE = new AddressUse(Set.of(), Set.of(), Set.of());

    AddressUse {
        vips = Set.copyOf(vips);
        endpoints = Set.copyOf(endpoints);
        leftAlone = Set.copyOf(leftAlone);
    }
}
