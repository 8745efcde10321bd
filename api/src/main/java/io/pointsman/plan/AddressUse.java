package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import java.util.Set;

/**
 * Which addresses a Service has to do with, where that matters to the data plane.
 *
 * @param vips that it asks for, granted or not
 * @param endpoints as they would be dialed
 * @param leftAlone those of them that are a frontend of the same port at a node's address: a process there answers itself
 */
record AddressUse(Set<IpAddress> vips, Set<Frontend> endpoints, Set<Frontend> leftAlone) {
    static final AddressUse NONE = new AddressUse(Set.of(), Set.of(), Set.of());

    AddressUse {
        vips = Set.copyOf(vips);
        endpoints = Set.copyOf(endpoints);
        leftAlone = Set.copyOf(leftAlone);
    }
}
