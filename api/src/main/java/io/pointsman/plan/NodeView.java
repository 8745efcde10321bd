package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Node;
import io.pointsman.plan.ModeSemantics.Answer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The node that Services are resolved against, combined from its Node object and its real addresses.
 *
 * @param zone for topology hints
 * @param primary the node's primary address of each family
 */
record NodeView(Optional<String> zone, Map<IpFamily, IpAddress> primary, NodeFacts facts) {
    NodeView {
        primary = Map.copyOf(primary);
    }

    /** @param clusterRanges ranges of Service addresses that the cluster states, in addition to those of the options */
    static NodeView of(
            PlanOptions options, Optional<Node> node, Set<IpAddress> localAddresses, List<Cidr> clusterRanges) {
        final List<IpAddress> named = node.map(Node::addresses).orElse(List.of());
        final Set<IpAddress> addresses = new HashSet<>(localAddresses);
        addresses.addAll(named);
        final Map<IpFamily, IpAddress> primary = new EnumMap<>(IpFamily.class);
        for (IpFamily family : options.families()) {
            primaryAddress(named, addresses, family).ifPresent(address -> primary.put(family, address));
        }
        final Set<IpAddress> nodePortAddresses = nodePortAddresses(options, named, addresses, primary);
        final ModeSemantics mode = options.mode();
        final NodeFacts facts = NodeFacts.builder(options.nodeName())
                .addresses(addresses)
                .podDetector(podDetector(options, node))
                .nodePortAddresses(nodePortAddresses)
                .loopback(loopback(options))
                .mode(mode)
                .serviceRanges(
                        mode.has(Answer.DROPS_UNALLOCATED_SERVICE_IPS)
                                ? serviceRanges(options, clusterRanges)
                                : List.of())
                .egress(egress(options, primary))
                .build();
        return new NodeView(node.flatMap(Node::zone), primary, facts);
    }

    /**
     * Returns the first address of the family in the Node object. Without one (for example without an API server), returns
     * the lowest address that other hosts can reach, so that the choice does not depend on the order of interfaces.
     */
    private static Optional<IpAddress> primaryAddress(
            List<IpAddress> named, Set<IpAddress> addresses, IpFamily family) {
        return named.stream()
                .filter(address -> address.family() == family)
                .findFirst()
                .or(() -> addresses.stream()
                        .filter(address -> address.family() == family)
                        .filter(address -> !address.isLoopback() && !address.isLinkLocal())
                        .min(Comparator.naturalOrder()));
    }

    private static Set<IpAddress> nodePortAddresses(
            PlanOptions options, List<IpAddress> named, Set<IpAddress> addresses, Map<IpFamily, IpAddress> primary) {
        final Set<IpAddress> selected = new HashSet<>();
        switch (selection(options)) {
            case NodePortAddresses.Primary() -> selected.addAll(primary.values());
            case NodePortAddresses.PrimaryAnd(NodePortAddresses.Ranges ranges) -> {
                selected.addAll(primary.values());
                for (IpFamily family : options.families()) {
                    if (!ranges.ofFamily(family).isEmpty()) {
                        selected.addAll(within(ranges.ofFamily(family), named, addresses, family));
                    }
                }
                selected.addAll(loopback(options, ranges, addresses));
            }
            case NodePortAddresses.Ranges ranges -> {
                for (IpFamily family : options.families()) {
                    selected.addAll(within(ranges.ofFamily(family), named, addresses, family));
                }
                selected.addAll(loopback(options, ranges, addresses));
            }
        }
        for (IpFamily family : options.families()) {
            if (forwardsLoopback(options, family)) {
                selected.add(NodeFacts.loopback(family));
            }
        }
        return selected;
    }

    private static List<IpAddress> loopback(
            PlanOptions options, NodePortAddresses.Ranges ranges, Set<IpAddress> addresses) {
        if (!servesLocalhost(options)) {
            return List.of();
        }
        return Stream.concat(addresses.stream(), Stream.of(NodeFacts.loopback(IpFamily.IPV4))) // every node has it
                .filter(address -> address.isIpv4() && address.isLoopback())
                .filter(address -> servesLoopbackNet(options)
                        ? address.equals(NodeFacts.loopback(IpFamily.IPV4))
                        : isWithin(ranges.ofFamily(IpFamily.IPV4), address))
                .toList();
    }

    /**
     * Selects the addresses within ranges. A loopback address does not stand for a node unless its Node object names it, as
     * in a cluster on a single host. Neither does an IPv6 link-local address, which needs the link's name to be dialed;
     * kube-proxy leaves these out too if it selects by address.
     */
    private static List<IpAddress> within(
            List<Cidr> ranges, List<IpAddress> named, Set<IpAddress> addresses, IpFamily family) {
        return addresses.stream()
                .filter(address -> address.family() == family)
                .filter(address -> !address.isLoopback() || named.contains(address))
                .filter(address -> !isOfIpv6Link(address))
                .filter(address -> isWithin(ranges, address))
                .toList();
    }

    private static boolean isOfIpv6Link(IpAddress address) {
        return !address.isIpv4() && address.isLinkLocal();
    }

    private static boolean isWithin(List<Cidr> ranges, IpAddress address) {
        return ranges.isEmpty() || ranges.stream().anyMatch(range -> range.contains(address));
    }

    private static NodePortAddresses selection(PlanOptions options) {
        return options.nodePortAddresses()
                .orElse(
                        options.mode().has(Answer.NODE_PORTS_ON_PRIMARY_ONLY)
                                ? new NodePortAddresses.Primary()
                                : NodePortAddresses.Ranges.ALL);
    }

    private static Set<NodeFacts.Loopback> loopback(PlanOptions options) {
        final Set<NodeFacts.Loopback> loopback = EnumSet.noneOf(NodeFacts.Loopback.class);
        if (servesLocalhost(options)) {
            loopback.add(NodeFacts.Loopback.GUARDED);
        }
        if (servesLoopbackNet(options)) {
            loopback.add(NodeFacts.Loopback.SERVES_NODE_PORTS);
        }
        if (forwardsLoopback(options, IpFamily.IPV4)) {
            loopback.add(NodeFacts.Loopback.FORWARDED_IPV4);
        }
        if (forwardsLoopback(options, IpFamily.IPV6)) {
            loopback.add(NodeFacts.Loopback.FORWARDED_IPV6);
        }
        return loopback;
    }

    /**
     * Whether the backend serves node ports on loopback by sockets and some range covers only loopback, as in kube-proxy
     * 1.37.
     */
    private static boolean forwardsLoopback(PlanOptions options, IpFamily family) {
        if (!options.mode().has(Answer.LOCALHOST_FORWARDER)
                || !options.families().contains(family)
                || !options.localhostNodePorts().orElse(true)
                || (family == IpFamily.IPV4 && servesLocalhost(options))) {
            return false;
        }
        final List<Cidr> ranges =
                switch (selection(options)) {
                    case NodePortAddresses.Primary() -> List.of();
                    case NodePortAddresses.PrimaryAnd(NodePortAddresses.Ranges some) -> some.ofFamily(family);
                    case NodePortAddresses.Ranges some -> some.ofFamily(family);
                };
        return ranges.stream()
                .anyMatch(range -> range.address().isLoopback() && range.contains(NodeFacts.loopback(family)));
    }

    /** Whether some range contains 127.0.0.1 or starts at a loopback address, even if the node has no address there. */
    private static boolean servesLocalhost(PlanOptions options) {
        if (!options.families().contains(IpFamily.IPV4)
                || !options.localhostNodePorts().orElse(options.mode().has(Answer.LOCALHOST_NODE_PORTS))) {
            return false;
        }
        return switch (selection(options)) {
            case NodePortAddresses.Primary() -> false;
            case NodePortAddresses.PrimaryAnd(NodePortAddresses.Ranges ranges) ->
                ranges.ofFamily(IpFamily.IPV4).stream()
                        .anyMatch(range -> range.contains(NodeFacts.loopback(IpFamily.IPV4))
                                || range.address().isLoopback());
            case NodePortAddresses.Ranges ranges -> {
                final List<Cidr> ipv4 = ranges.ofFamily(IpFamily.IPV4);
                yield isWithin(ipv4, NodeFacts.loopback(IpFamily.IPV4))
                        || ipv4.stream().anyMatch(range -> range.address().isLoopback());
            }
        };
    }

    /** Whether a /0 selects all of 127.0.0.0/8. Smaller ranges select only addresses of interfaces, and loopback has one. */
    private static boolean servesLoopbackNet(PlanOptions options) {
        return servesLocalhost(options)
                && switch (selection(options)) {
                    case NodePortAddresses.Primary() -> false;
                    case NodePortAddresses.PrimaryAnd(NodePortAddresses.Ranges ranges) ->
                        ranges.ofFamily(IpFamily.IPV4).stream().anyMatch(Cidr::isEverything);
                    case NodePortAddresses.Ranges ranges -> {
                        final List<Cidr> ipv4 = ranges.ofFamily(IpFamily.IPV4);
                        yield ipv4.isEmpty() || ipv4.stream().anyMatch(Cidr::isEverything);
                    }
                };
    }

    private static PodDetector podDetector(PlanOptions options, Optional<Node> node) {
        if (options.podDetector().isPresent()) {
            return options.podDetector().get();
        }
        if (!options.podRanges().isEmpty()) {
            return new PodDetector.ByCidr(options.podRanges());
        }
        final List<Cidr> ofNode =
                options.detectsPodsByNode() ? node.map(Node::podCidrs).orElse(List.of()) : List.of();
        return ofNode.isEmpty() ? new PodDetector.Unknown() : new PodDetector.ByCidr(ofNode);
    }

    private static List<Cidr> serviceRanges(PlanOptions options, List<Cidr> clusterRanges) {
        return Stream.concat(options.serviceRanges().stream(), clusterRanges.stream())
                .distinct()
                .filter(range -> options.families().contains(range.family()))
                .toList();
    }

    private static List<NodeFacts.Egress> egress(PlanOptions options, Map<IpFamily, IpAddress> primary) {
        final List<NodeFacts.Egress> egress = new ArrayList<>(options.egress());
        primary.forEach((family, address) -> {
            final Cidr everywhere = new Cidr(IpAddress.unspecified(family), 0);
            if (egress.stream().noneMatch(known -> known.destination().equals(everywhere))) {
                egress.add(new NodeFacts.Egress(everywhere, address));
            }
        });
        egress.sort(Comparator.comparing(NodeFacts.Egress::destination));
        return egress;
    }

    boolean tellsPods(IpFamily family) {
        return facts.podDetector().covers(family);
    }

    /** Whether Services that use the zone or the node's own address resolve the same for both. */
    boolean standsWhere(NodeView other) {
        return zone.equals(other.zone) && primary.equals(other.primary);
    }

    /** Whether both can tell pods of the same families. */
    boolean tellsPodsAs(NodeView other) {
        return tellsPods(IpFamily.IPV4) == other.tellsPods(IpFamily.IPV4)
                && tellsPods(IpFamily.IPV6) == other.tellsPods(IpFamily.IPV6);
    }
}
