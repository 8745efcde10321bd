package io.pointsman.spi.userspace.host;

import io.pointsman.model.IpAddress;
import io.pointsman.spi.userspace.host.RuleElements.LocalEndpoint;
import java.util.HashSet;
import java.util.Set;

/** Routes that no rule needs any more, kept for connections that may: routes to VIPs, and return paths from endpoints. */
public record RetainedRoutes(Set<IpAddress> vips, Set<LocalEndpoint> endpoints) {
    public RetainedRoutes {
        vips = Set.copyOf(vips);
        endpoints = Set.copyOf(endpoints);
    }

    boolean isEmpty() {
        return vips.isEmpty() && endpoints.isEmpty();
    }

    /** Returns the routes that are not in use. */
    RetainedRoutes without(RetainedRoutes used) {
        final Set<IpAddress> idleVips = new HashSet<>(vips);
        idleVips.removeAll(used.vips);
        final Set<LocalEndpoint> idleEndpoints = new HashSet<>(endpoints);
        idleEndpoints.removeAll(used.endpoints);
        return new RetainedRoutes(idleVips, idleEndpoints);
    }
}
