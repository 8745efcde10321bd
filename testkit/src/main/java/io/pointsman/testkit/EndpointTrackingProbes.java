package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.tracking.TrackedEndpoint;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Checks of {@code endpoint-tracking}: how a proxy of one family merges endpoints from slices, and what counts as a change.
 */
final class EndpointTrackingProbes {
    private static final Set<String> ENDPOINT_FIELDS = Set.of("endpoint", "local", "ready", "serving", "terminating");

    private EndpointTrackingProbes() {}

    /**
     * Returns the checks of one step.
     *
     * @param service the Service whose endpoints to check; empty for all
     * @param updateCounts whether the step's objects changed anything
     */
    static Expectations expectations(Optional<ObjectName> service, boolean updateCounts) {
        return new Expectations()
                .field("endpoints", EndpointTrackingProbes::endpoints, world -> endpoints(world, service))
                .field("changed", Json::flag, _ -> updateCounts)
                .field("changedServices", Expectations::textSet, EndpointTrackingProbes::changedServices)
                .field("conntrackCleanup", Json::flag, EndpointTrackingProbes::mayHaveStaleFlows)
                .field("localReadyEndpoints", Expectations::numbers, EndpointTrackingProbes::localReadyCounts)
                .field("localReadyAddresses", EndpointTrackingProbes::addresses, EndpointTrackingProbes::localReady);
    }

    private static Map<String, Set<String>> endpoints(JsonNode json) {
        final Map<String, Set<String>> byPort = new TreeMap<>();
        json.properties().forEach(port -> {
            final Set<String> endpoints = new TreeSet<>();
            for (JsonNode endpoint : Json.items(port.getValue())) {
                Json.allowOnly(endpoint, "endpoint of " + port.getKey(), ENDPOINT_FIELDS);
                endpoints.add(describe(
                        PacketProbes.canonical(Json.text(endpoint, "endpoint")),
                        Json.flag(endpoint, "local"),
                        Json.flag(endpoint, "ready"),
                        Json.flag(endpoint, "serving"),
                        Json.flag(endpoint, "terminating")));
            }
            if (!endpoints.isEmpty()) {
                byPort.put(portName(port.getKey()).toString(), endpoints);
            }
        });
        return byPort;
    }

    /** Parses {@code namespace/name:portName:protocol}; for a port without a name, its part may be missing or empty. */
    private static ServicePortName portName(String text) {
        final String[] parts = text.split(":", -1);
        final String port = parts.length == 3 ? parts[1] : "";
        if (parts.length != 2 && parts.length != 3) {
            throw new IllegalArgumentException("\"" + text + "\" is not namespace/name:portName:protocol");
        }
        return new ServicePortName(objectName(parts[0]), port, Json.choice(Protocol.class, parts[parts.length - 1]));
    }

    /** Parses {@code namespace/name}. */
    static ObjectName objectName(String text) {
        final int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not namespace/name");
        }
        return new ObjectName(text.substring(0, slash), text.substring(slash + 1));
    }

    private static Map<String, Set<String>> endpoints(World world, Optional<ObjectName> service) {
        final Map<ServicePortName, List<TrackedEndpoint>> found = service.map(
                        name -> world.view().endpoints(name))
                .orElseGet(() -> world.view().endpoints());
        final Map<String, Set<String>> byPort = new TreeMap<>();
        found.forEach((port, endpoints) -> {
            final Set<String> described = new TreeSet<>();
            for (TrackedEndpoint endpoint : endpoints) {
                described.add(describe(
                        endpoint.toString(),
                        endpoint.local(),
                        endpoint.isReady(),
                        endpoint.isServing(),
                        endpoint.isTerminating()));
            }
            byPort.put(port.toString(), described);
        });
        return byPort;
    }

    private static String describe(
            String endpoint, boolean local, boolean ready, boolean serving, boolean terminating) {
        return endpoint
                + (local ? " local" : " remote")
                + (ready ? " ready" : "")
                + (serving ? " serving" : "")
                + (terminating ? " terminating" : "");
    }

    private static Set<String> changedServices(World world) {
        final Set<String> names = new TreeSet<>();
        for (ServiceChange change : world.changes()) {
            if (change.endpointsChanged(world.node().family())) {
                names.add(change.name().toString());
            }
        }
        return names;
    }

    private static boolean mayHaveStaleFlows(World world) {
        return world.changes().stream()
                .anyMatch(change -> change.mayLeaveStaleUdpFlows(world.node().family()));
    }

    private static Map<String, Set<String>> addresses(JsonNode json) {
        final Map<String, Set<String>> byService = new TreeMap<>();
        json.properties().forEach(service -> {
            final Set<String> addresses = new TreeSet<>();
            Json.texts(service.getValue())
                    .forEach(text -> addresses.add(IpAddress.parse(text).toString()));
            byService.put(service.getKey(), addresses);
        });
        return byService;
    }

    private static Map<String, Set<String>> localReady(World world) {
        final Map<String, Set<String>> byService = new TreeMap<>();
        world.view()
                .localReadyAddresses()
                .forEach((service, addresses) -> byService.put(service.toString(), Expectations.names(addresses)));
        return byService;
    }

    private static Map<String, Integer> localReadyCounts(World world) {
        final Map<String, Integer> counts = new TreeMap<>();
        localReady(world).forEach((service, addresses) -> counts.put(service, addresses.size()));
        return counts;
    }
}
