package io.pointsman.testkit;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.tracking.TrackedEndpoint;
import io.pointsman.plan.tracking.TrackedPort;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * View of a catalog for a proxy of one family on one node. Each call computes its result from the whole catalog: for reports
 * and tests, not for applying changes.
 *
 * @param nodeName this node; if empty, no endpoint is local
 */
record FamilyView(ServiceCatalog catalog, IpFamily family, String nodeName) {
    public FamilyView {
        Objects.requireNonNull(catalog, "catalog");
        Objects.requireNonNull(family, "family");
        Objects.requireNonNull(nodeName, "nodeName");
    }

    /** Returns the proxied service ports, by name. */
    public Map<ServicePortName, TrackedPort> ports() {
        final Map<ServicePortName, TrackedPort> ports = new TreeMap<>();
        for (Service service : catalog.services()) {
            TrackedPort.of(service, family).forEach(port -> ports.put(port.name(), port));
        }
        return ports;
    }

    /**
     * Returns the endpoints of every service port, whether its Service exists or not; a port without endpoints is absent.
     */
    public Map<ServicePortName, List<TrackedEndpoint>> endpoints() {
        final Map<ServicePortName, List<TrackedEndpoint>> endpoints = new TreeMap<>();
        catalog.servicesWithSlices().forEach(service -> endpoints.putAll(endpoints(service)));
        return endpoints;
    }

    /** Returns the endpoints of one Service's ports; a port without endpoints is absent. */
    public Map<ServicePortName, List<TrackedEndpoint>> endpoints(ObjectName service) {
        return TrackedEndpoint.byPort(catalog.slices(service), family, nodeName);
    }

    /** Returns addresses of ready endpoints on this node, over all ports of a Service; a Service without any is absent. */
    public Map<ObjectName, Set<IpAddress>> localReadyAddresses() {
        final Map<ObjectName, Set<IpAddress>> addresses = new TreeMap<>();
        endpoints().forEach((port, endpoints) -> {
            for (TrackedEndpoint endpoint : endpoints) {
                if (endpoint.local() && endpoint.isReady()) {
                    addresses
                            .computeIfAbsent(port.service(), _ -> new TreeSet<>())
                            .add(endpoint.address());
                }
            }
        });
        return addresses;
    }

    /** Returns the ports where load balancers ask for local endpoints, by Service. */
    public Map<ObjectName, Integer> healthCheckNodePorts() {
        final Map<ObjectName, Integer> byService = new TreeMap<>();
        for (TrackedPort port : ports().values()) {
            if (port.healthCheckNodePort() != 0) {
                byService.put(port.name().service(), port.healthCheckNodePort());
            }
        }
        return byService;
    }
}
