package io.pointsman.spi.userspace;

import io.pointsman.model.IpAddress;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.PoolEndpoint;
import java.util.HashSet;
import java.util.Set;

/** Where an endpoint is, without what may change while it serves. */
record Target(IpAddress address, int port) {
    static Target of(PoolEndpoint endpoint) {
        return new Target(endpoint.address(), endpoint.port());
    }

    static Set<Target> of(EndpointPool pool) {
        final Set<Target> targets = HashSet.newHashSet(pool.size());
        for (PoolEndpoint endpoint : pool.endpoints()) {
            targets.add(of(endpoint));
        }
        return targets;
    }
}
