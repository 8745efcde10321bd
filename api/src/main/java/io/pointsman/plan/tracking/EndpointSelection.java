package io.pointsman.plan.tracking;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Endpoints of a service port that each traffic policy chooses from, on one node (KEP-1669, KEP-2433, KEP-3015).
 *
 * @param cluster endpoints for policy Cluster; empty if the port does not use this policy
 * @param local endpoints for policy Local; empty if the port does not use this policy
 * @param hasUsable some endpoint on any node takes connections; if so, an empty list means drop instead of reject
 */
public record EndpointSelection(
        Optional<List<TrackedEndpoint>> cluster, Optional<List<TrackedEndpoint>> local, boolean hasUsable) {
    public EndpointSelection {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(local, "local");
        cluster = cluster.map(List::copyOf);
        local = local.map(List::copyOf);
    }

    /**
     * Selects for a node. Each list falls back separately from ready endpoints to those that terminate but still serve.
     *
     * @param zone the node's zone, for topology hints
     */
    public static EndpointSelection of(
            TrackedPort port, List<TrackedEndpoint> endpoints, String nodeName, Optional<String> zone) {
        final Optional<List<TrackedEndpoint>> cluster = port.usesClusterEndpoints()
                ? Optional.of(readyElseDraining(near(endpoints, nodeName, zone), endpoints))
                : Optional.empty();
        final List<TrackedEndpoint> here = filtered(endpoints, TrackedEndpoint::local);
        final Optional<List<TrackedEndpoint>> local =
                port.usesLocalEndpoints() ? Optional.of(readyElseDraining(here, here)) : Optional.empty();
        return new EndpointSelection(cluster, local, has(endpoints, EndpointSelection::isUsable));
    }

    private static boolean isUsable(TrackedEndpoint endpoint) {
        return endpoint.isReady() || isDraining(endpoint);
    }

    private static boolean isDraining(TrackedEndpoint endpoint) {
        return endpoint.isServing() && endpoint.isTerminating();
    }

    private static List<TrackedEndpoint> readyElseDraining(
            List<TrackedEndpoint> preferred, List<TrackedEndpoint> fallback) {
        final List<TrackedEndpoint> ready = filtered(preferred, TrackedEndpoint::isReady);
        return ready.isEmpty() ? filtered(fallback, EndpointSelection::isDraining) : ready;
    }

    /**
     * Returns the ready endpoints that hints assign to this node: those for the node, else those for its zone, else all. A
     * kind of hint counts only if every ready endpoint has one and some endpoint is assigned to this node.
     */
    private static List<TrackedEndpoint> near(List<TrackedEndpoint> endpoints, String nodeName, Optional<String> zone) {
        final List<TrackedEndpoint> ready = filtered(endpoints, TrackedEndpoint::isReady);
        if (!has(ready, endpoint -> endpoint.nodeHints().isEmpty())) {
            final var forNode = filtered(ready, endpoint -> endpoint.nodeHints().contains(nodeName));
            if (!forNode.isEmpty()) {
                return forNode;
            }
        }
        if (zone.isPresent() && !has(ready, endpoint -> endpoint.zoneHints().isEmpty())) {
            final String here = zone.get();
            final var forZone = filtered(ready, endpoint -> endpoint.zoneHints().contains(here));
            if (!forZone.isEmpty()) {
                return forZone;
            }
        }
        return ready;
    }

    private static boolean has(List<TrackedEndpoint> endpoints, Predicate<TrackedEndpoint> test) {
        for (TrackedEndpoint endpoint : endpoints) {
            if (test.test(endpoint)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the endpoints that pass the test; the list itself, without a copy, if all do, as is usual. */
    public static List<TrackedEndpoint> filtered(List<TrackedEndpoint> endpoints, Predicate<TrackedEndpoint> test) {
        if (!has(endpoints, test.negate())) {
            return endpoints;
        }
        final List<TrackedEndpoint> some = new ArrayList<>();
        for (TrackedEndpoint endpoint : endpoints) {
            if (test.test(endpoint)) {
                some.add(endpoint);
            }
        }
        return some;
    }

    /** Returns every endpoint that some packet may go to. */
    public Set<TrackedEndpoint> all() {
        final Set<TrackedEndpoint> all = new LinkedHashSet<>(cluster.orElse(List.of()));
        all.addAll(local.orElse(List.of()));
        return all;
    }
}
