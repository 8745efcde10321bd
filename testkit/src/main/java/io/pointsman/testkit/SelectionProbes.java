package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.plan.tracking.EndpointSelection;
import io.pointsman.plan.tracking.TrackedEndpoint;
import io.pointsman.plan.tracking.TrackedPort;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks of {@code endpoint-selection}: endpoints that the traffic policies of a scenario's only service port choose from.
 */
final class SelectionProbes {
    static final Expectations EXPECTATIONS = new Expectations()
            .field(
                    "clusterEndpoints",
                    SelectionProbes::endpoints,
                    world -> texts(select(world).cluster()))
            .field(
                    "localEndpoints",
                    SelectionProbes::endpoints,
                    world -> texts(select(world).local()))
            .field(
                    "allEndpoints",
                    SelectionProbes::endpoints,
                    world -> texts(Optional.of(select(world).all())))
            .field("hasAnyEndpoints", Json::flag, world -> select(world).hasUsable());

    private SelectionProbes() {}

    /** Reads a list of endpoints; {@code null} means that the list is not used. */
    private static Optional<Set<String>> endpoints(JsonNode json) {
        if (json.isNull()) {
            return Optional.empty();
        }
        final Set<String> endpoints = new TreeSet<>();
        Json.texts(json).forEach(text -> endpoints.add(PacketProbes.canonical(text)));
        return Optional.of(endpoints);
    }

    private static Optional<Set<String>> texts(Optional<? extends Collection<TrackedEndpoint>> endpoints) {
        return endpoints.map(Expectations::names);
    }

    private static EndpointSelection select(World world) {
        final Collection<TrackedPort> ports = world.view().ports().values();
        if (ports.size() != 1) {
            throw new IllegalArgumentException(
                    "endpoint-selection needs exactly one service port, but there are " + ports.size());
        }
        final TrackedPort port = ports.iterator().next();
        final List<TrackedEndpoint> endpoints = world.view().endpoints().getOrDefault(port.name(), List.of());
        return EndpointSelection.of(
                port, endpoints, world.node().node().name(), world.node().node().zone());
    }
}
