package io.pointsman.lab;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;

/**
 * An endpoint as its EndpointSlices tell of it.
 *
 * @param ready takes new connections
 * @param terminating is about to end, and still serves
 */
record Pod(String name, String node, IpAddress ipv4, IpAddress ipv6, boolean ready, boolean terminating) {
    /** A running pod. */
    static Pod running(String name, String node, String ipv4, String ipv6) {
        return new Pod(name, node, IpAddress.parse(ipv4), IpAddress.parse(ipv6), true, false);
    }

    /** The same pod, being deleted. */
    Pod leaving() {
        return new Pod(name, node, ipv4, ipv6, false, true);
    }

    IpAddress address(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }
}
