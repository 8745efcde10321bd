package io.pointsman.lab;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;

/**
 * An endpoint, as its EndpointSlices describe it.
 *
 * @param ready takes new connections
 * @param terminating is shutting down, and still serves
 */
record Pod(String name, String node, IpAddress ipv4, IpAddress ipv6, boolean ready, boolean terminating) {
    /** Creates a running pod. */
    static Pod running(String name, String node, String ipv4, String ipv6) {
        return new Pod(name, node, IpAddress.parse(ipv4), IpAddress.parse(ipv6), true, false);
    }

    /** Returns the pod while it is being deleted. */
    Pod leaving() {
        return new Pod(name, node, ipv4, ipv6, false, true);
    }

    IpAddress address(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }
}
