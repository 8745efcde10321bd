package io.pointsman.plan.tracking;

import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ServicePortName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One address and port behind a service port, put together from all slices that name it.
 *
 * @param port 1 to 65535
 * @param local on this node
 * @param conditions those that hold
 * @param zoneHints zones whose clients should come here, empty for no hint
 * @param nodeHints nodes whose clients should come here, empty for no hint
 */
public record TrackedEndpoint(
        IpAddress address,
        int port,
        boolean local,
        Set<Endpoint.Condition> conditions,
        Set<String> zoneHints,
        Set<String> nodeHints) {
    private static final Comparator<TrackedEndpoint> ORDER =
            Comparator.comparing(TrackedEndpoint::address).thenComparingInt(TrackedEndpoint::port);

    /**
     * The better one is greater: ready before serving before terminating. A pod may have the address of one that is still
     * terminating, hence even one that does not serve yet is better than that.
     */
    private static final Comparator<TrackedEndpoint> BY_CONDITIONS = Comparator.comparing(TrackedEndpoint::isReady)
            .thenComparing(endpoint -> !endpoint.isTerminating())
            .thenComparing(TrackedEndpoint::isServing);

    /** Between entries of alike conditions nothing says which is right; what they say decides, not what a slice is called. */
    private static final Comparator<TrackedEndpoint> BY_CONTENT = BY_CONDITIONS
            .thenComparing(TrackedEndpoint::local)
            .thenComparing(endpoint -> text(endpoint.nodeHints()))
            .thenComparing(endpoint -> text(endpoint.zoneHints()));

    public TrackedEndpoint {
        Objects.requireNonNull(address, "address");
        conditions = Set.copyOf(conditions);
        zoneHints = Set.copyOf(zoneHints);
        nodeHints = Set.copyOf(nodeHints);
    }

    /**
     * The endpoints of each service port that these slices, all of one Service, name in one family; in ascending order
     * of address and port. A service port without endpoints is absent.
     *
     * @param nodeName this node; no endpoint is local to a node without a name
     */
    public static Map<ServicePortName, List<TrackedEndpoint>> byPort(
            Collection<EndpointSlice> slices, IpFamily family, String nodeName) {
        final Map<ServicePortName, Map<AddressAndPort, TrackedEndpoint>> found = new TreeMap<>();
        for (EndpointSlice slice : slices) {
            if (slice.family() == family && !slice.endpoints().isEmpty()) {
                for (EndpointPort port : slice.ports()) {
                    final var name = new ServicePortName(slice.service(), port.name(), port.protocol());
                    final var endpoints = found.computeIfAbsent(name, _ -> new HashMap<>());
                    for (Endpoint endpoint : slice.endpoints()) {
                        endpoints.merge(
                                new AddressAndPort(endpoint.address(), port.port()),
                                of(endpoint, port.port(), nodeName),
                                TrackedEndpoint::mergedWith);
                    }
                }
            }
        }
        final Map<ServicePortName, List<TrackedEndpoint>> sorted = new TreeMap<>();
        found.forEach((name, endpoints) -> {
            final List<TrackedEndpoint> list = new ArrayList<>(endpoints.values());
            list.sort(ORDER);
            sorted.put(name, List.copyOf(list));
        });
        return sorted;
    }

    private record AddressAndPort(IpAddress address, int port) {}

    private static TrackedEndpoint of(Endpoint endpoint, int port, String nodeName) {
        final boolean local =
                !nodeName.isEmpty() && endpoint.nodeName().orElse("").equals(nodeName);
        return new TrackedEndpoint(
                endpoint.address(), port, local, endpoint.conditions(), endpoint.zoneHints(), endpoint.nodeHints());
    }

    /**
     * One endpoint for two that slices list under one address and port: the one of the better conditions, with all that its
     * slice says of it. Where these are alike, the one on this node, else one with hints.
     */
    private TrackedEndpoint mergedWith(TrackedEndpoint later) {
        return BY_CONTENT.compare(this, later) > 0 ? this : later;
    }

    /** In one order: a set has none. Empty for no hints. */
    private static String text(Set<String> hints) {
        return String.join(",", new TreeSet<>(hints));
    }

    public boolean isReady() {
        return conditions.contains(Endpoint.Condition.READY);
    }

    public boolean isServing() {
        return conditions.contains(Endpoint.Condition.SERVING);
    }

    public boolean isTerminating() {
        return conditions.contains(Endpoint.Condition.TERMINATING);
    }

    /** {@code 10.180.1.136:8080}. */
    @Override
    public String toString() {
        return address.withPort(port);
    }
}
