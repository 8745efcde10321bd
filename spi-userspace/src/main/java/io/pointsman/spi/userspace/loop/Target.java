package io.pointsman.spi.userspace.loop;

import io.pointsman.model.IpAddress;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.PoolEndpoint;
import java.util.HashSet;
import java.util.Set;

/** Address and port of an endpoint, without attributes that may change while it serves. */
public record Target(IpAddress address, int port) {
    public static Target of(PoolEndpoint endpoint) {
        return new Target(endpoint.address(), endpoint.port());
    }

    public static Set<Target> of(EndpointPool pool) {
        final Set<Target> targets = HashSet.newHashSet(pool.size());
        for (PoolEndpoint endpoint : pool.endpoints()) {
            targets.add(of(endpoint));
        }
        return targets;
    }
}
