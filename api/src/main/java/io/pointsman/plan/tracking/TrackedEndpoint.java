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
 * An address and port behind a service port, merged from all slices that list it.
 *
 * @param port 1 to 65535
 * @param local on this node
 * @param conditions the conditions that are true
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
     * Orders better conditions last: ready before serving before terminating. A new pod may reuse the address of one that is
     * still terminating, so even one that does not serve yet is better than that.
     */
    private static final Comparator<TrackedEndpoint> BY_CONDITIONS = Comparator.comparing(TrackedEndpoint::isReady)
            .thenComparing(endpoint -> !endpoint.isTerminating())
            .thenComparing(TrackedEndpoint::isServing);

    /**
     * Orders entries of equal conditions by their content, not by the name of their slice, as nothing says which one is
     * right.
     */
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
     * Returns the endpoints of each service port that these slices, all of one Service, list in one family; in ascending
     * order of address and port. A service port without endpoints is absent.
     *
     * @param nodeName this node; if empty, no endpoint is local
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
     * Chooses between two entries that slices list for one address and port: the one with the better conditions, with all
     * that its slice says of it. If conditions are equal, the one on this node, else one with hints.
     */
    private TrackedEndpoint mergedWith(TrackedEndpoint later) {
        return BY_CONTENT.compare(this, later) > 0 ? this : later;
    }

    /** Joins hints in a fixed order; empty for no hints. */
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

    /** Formats as {@code 10.180.1.136:8080}. */
    @Override
    public String toString() {
        return address.withPort(port);
    }
}
