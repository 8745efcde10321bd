package io.pointsman.plan;

import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Service;
import io.pointsman.plan.tracking.TrackedEndpoint;
import io.pointsman.plan.tracking.TrackedPort;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Warnings about Services that are served as Kubernetes specifies, but hardly as their owner meant. */
final class ServiceWarnings {
    private static final int MAX_NAMED = 5;

    private ServiceWarnings() {}

    /** Warns of addresses of a family in which the Service has no cluster address: no proxy serves them. */
    static List<PlanProblem> foreignFamilies(Service service, Set<IpFamily> families) {
        if (service.ingress().isEmpty() && service.externalIps().isEmpty()) {
            return List.of();
        }
        final List<PlanProblem> warnings = new ArrayList<>();
        final Set<IpFamily> own =
                service.clusterIps().stream().map(IpAddress::family).collect(Collectors.toSet());
        final List<IpAddress> balanced = service.ingress().stream()
                .filter(ingress -> ingress.mode() == LoadBalancerIngress.Mode.VIP)
                .map(LoadBalancerIngress::ip)
                .toList();
        for (IpFamily family : families) {
            if (!own.contains(family)) {
                foreign(service.name(), "load balancer IP", balanced, family).ifPresent(warnings::add);
                foreign(service.name(), "external IP", service.externalIps(), family)
                        .ifPresent(warnings::add);
            }
        }
        return warnings;
    }

    private static Optional<PlanProblem> foreign(
            ObjectName service, String what, List<IpAddress> addresses, IpFamily family) {
        final Set<IpAddress> some = new TreeSet<>(addresses);
        some.removeIf(address -> address.family() != family);
        return some.isEmpty()
                ? Optional.empty()
                : Optional.of(PlanProblem.warning(
                        service,
                        Optional.empty(),
                        what + " " + named(some) + " is not served: the Service has no " + family
                                + " cluster IP; make it dual-stack, or remove the address"));
    }

    /** Warns of source ranges that limit no client, as none is of the family of the address. */
    static Optional<PlanProblem> openRanges(Service service, TrackedPort port) {
        final boolean isUnlimited = !port.loadBalancerIps().isEmpty()
                && !service.sourceRanges().isEmpty()
                && service.sourceRanges().stream().noneMatch(range -> range.family() == port.family());
        return isUnlimited
                ? Optional.of(PlanProblem.warning(
                        service.name(),
                        Optional.of(new Frontend(
                                port.name().protocol(), port.loadBalancerIps().getFirst(), port.port())),
                        "all clients may connect: none of the loadBalancerSourceRanges is of " + port.family()
                                + "; give one of that family, too"))
                : Optional.empty();
    }

    /** Warns of endpoints that exist, but not behind a port of this name and protocol. */
    static Optional<PlanProblem> otherPortNames(TrackedPort port, List<EndpointSlice> slices) {
        final Set<String> there = new TreeSet<>();
        for (EndpointSlice slice : slices) {
            if (slice.family() == port.family() && !slice.endpoints().isEmpty()) {
                for (EndpointPort other : slice.ports()) {
                    there.add(words(other.name()) + " (" + other.protocol() + ")");
                }
            }
        }
        return there.isEmpty()
                ? Optional.empty()
                : Optional.of(PlanProblem.warning(
                        port.name().service(),
                        Optional.of(clusterFrontend(port)),
                        "port " + port.port() + ", " + words(port.name().portName()) + " ("
                                + port.name().protocol()
                                + "), has no endpoints: the ports of its EndpointSlices are " + named(there)
                                + "; a Service's port is matched to a slice's port by name and protocol"));
    }

    /**
     * Warns of endpoints that slices list more than once, with different conditions.
     *
     * @param endpoints the merged endpoints, each address and port once
     */
    static Optional<PlanProblem> disagreeingSlices(
            TrackedPort port, List<EndpointSlice> slices, List<TrackedEndpoint> endpoints) {
        if (listings(port, slices) == endpoints.size()) {
            return Optional.empty(); // the usual case, found without a map
        }
        final List<String> disputed = new ArrayList<>();
        for (TrackedEndpoint endpoint : endpoints) {
            final Set<ObjectName> others = new TreeSet<>();
            for (EndpointSlice slice : slices) {
                if (carries(slice, port, endpoint.port()) && contradicts(slice, endpoint)) {
                    others.add(slice.name());
                }
            }
            if (!others.isEmpty()) {
                disputed.add(endpoint + " counts as " + words(endpoint) + ", though EndpointSlice " + named(others)
                        + (others.size() == 1 ? " says" : " say") + " otherwise");
            }
        }
        return disputed.isEmpty()
                ? Optional.empty()
                : Optional.of(PlanProblem.warning(
                        port.name().service(),
                        Optional.of(clusterFrontend(port)),
                        "its EndpointSlices disagree: " + named(disputed)
                                + "; ready takes precedence over serving, and serving over terminating; correct the"
                                + " slice that is wrong"));
    }

    /** Counts the entries for endpoints of a port in all slices. */
    private static int listings(TrackedPort port, List<EndpointSlice> slices) {
        int listings = 0;
        for (EndpointSlice slice : slices) {
            if (slice.family() == port.family()) {
                for (EndpointPort own : slice.ports()) {
                    listings += isSame(own, port) ? slice.endpoints().size() : 0;
                }
            }
        }
        return listings;
    }

    private static boolean carries(EndpointSlice slice, TrackedPort port, int number) {
        return slice.family() == port.family()
                && slice.ports().stream().anyMatch(own -> own.port() == number && isSame(own, port));
    }

    private static boolean isSame(EndpointPort own, TrackedPort port) {
        return own.name().equals(port.name().portName())
                && own.protocol() == port.name().protocol();
    }

    private static boolean contradicts(EndpointSlice slice, TrackedEndpoint endpoint) {
        return slice.endpoints().stream()
                .anyMatch(other -> other.address().equals(endpoint.address())
                        && !other.conditions().equals(endpoint.conditions()));
    }

    private static String words(TrackedEndpoint endpoint) {
        final String state = endpoint.isReady() ? "ready" : endpoint.isServing() ? "serving" : "not ready";
        return endpoint.isTerminating() ? state + " and terminating" : state;
    }

    private static String words(String portName) {
        return portName.isEmpty() ? "without a name" : "\"" + portName + "\"";
    }

    /** Reports endpoints that are not dialed, as they are frontends of this proxy. */
    static PlanProblem loops(TrackedPort port, List<String> endpoints) {
        return new PlanProblem(
                port.name().service(),
                Optional.of(clusterFrontend(port)),
                "not dialed, because the connection would come back to this proxy: "
                        + (endpoints.size() == 1 ? "endpoint " : "endpoints ") + named(endpoints)
                        + "; name the endpoints behind it instead");
    }

    /** Warns of a frontend at an address of the node where an endpoint of the same port listens. */
    static PlanProblem leftAlone(Rule rule) {
        return PlanProblem.warning(
                rule.owner().service(),
                Optional.of(rule.frontend()),
                "left to the host: an endpoint of port " + rule.owner()
                        + " has this very address and port (hostNetwork)," + " and is reached without this proxy");
    }

    /** Returns the frontend that problems of a port are reported for. */
    private static Frontend clusterFrontend(TrackedPort port) {
        return new Frontend(port.name().protocol(), port.clusterIp(), port.port());
    }

    private static String named(Collection<?> all) {
        final List<String> first =
                all.stream().limit(MAX_NAMED).map(Object::toString).toList();
        return String.join(", ", first) + (all.size() > MAX_NAMED ? " and " + (all.size() - MAX_NAMED) + " more" : "");
    }
}
