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
 * A catalog as one family's proxy on one node sees it. Computed again by each call, from everything there is: for reports
 * and tests, not for the way of a change to the data plane.
 *
 * @param nodeName this node; no endpoint is local to a node without a name
 */
record FamilyView(ServiceCatalog catalog, IpFamily family, String nodeName) {
    public FamilyView {
        Objects.requireNonNull(catalog, "catalog");
        Objects.requireNonNull(family, "family");
        Objects.requireNonNull(nodeName, "nodeName");
    }

    /** The service ports taken on, by name. */
    public Map<ServicePortName, TrackedPort> ports() {
        final Map<ServicePortName, TrackedPort> ports = new TreeMap<>();
        for (Service service : catalog.services()) {
            TrackedPort.of(service, family).forEach(port -> ports.put(port.name(), port));
        }
        return ports;
    }

    /** The endpoints of every service port, whether its Service exists or not; one without endpoints is absent. */
    public Map<ServicePortName, List<TrackedEndpoint>> endpoints() {
        final Map<ServicePortName, List<TrackedEndpoint>> endpoints = new TreeMap<>();
        catalog.servicesWithSlices().forEach(service -> endpoints.putAll(endpoints(service)));
        return endpoints;
    }

    /** The endpoints of one Service's ports; one without endpoints is absent. */
    public Map<ServicePortName, List<TrackedEndpoint>> endpoints(ObjectName service) {
        return TrackedEndpoint.byPort(catalog.slices(service), family, nodeName);
    }

    /** Addresses of ready endpoints on this node, over all ports of a Service; one without any is absent. */
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

    /** The ports where balancers ask for local endpoints, by Service. */
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
