package io.pointsman.testkit;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.testkit.Outcome.Verdict;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The node and its surroundings as they were when kube-proxy was watched (README.md beside the recordings): tells in the
 * recordings' words what becomes of a probe, given what is decided for its first packet.
 */
final class RecordedNode {
    static final Set<IpAddress> ADDRESSES = addresses(
            "10.240.0.4",
            "fd00:10:240::4",
            "198.51.100.1",
            "2001:db8:51::1",
            "fe80::ff:fe00:1",
            "10.244.1.1",
            "fd00:10:244:1::1",
            "192.0.2.11",
            "127.0.0.1",
            "::1");

    private static final Set<IpAddress> INTERNAL = addresses("10.240.0.4", "fd00:10:240::4");
    private static final Set<IpAddress> OTHER_NODE = addresses("10.240.0.5", "fd00:10:240::5");

    /** Where connections from the node to its own endpoints are masqueraded to: the first interface's address. */
    private static final Set<IpAddress> FIRST = addresses("192.0.2.11", "fd00:10:240::4");

    private static final Set<IpAddress> POD_GATEWAY = addresses("10.244.1.1", "fd00:10:244:1::1");

    private static final Map<String, Set<IpAddress>> HOSTS = Map.of(
            "pod1", addresses("10.244.1.11", "fd00:10:244:1::11"),
            "pod2", addresses("10.244.1.12", "fd00:10:244:1::12"),
            "rem1", addresses("10.244.2.7", "fd00:10:244:2::7"),
            "rem2", addresses("10.244.2.8", "fd00:10:244:2::8"),
            "rem", addresses("10.244.3.9", "fd00:10:244:3::9"),
            "cli", addresses("198.51.100.79", "2001:db8:51::79"),
            "node", INTERNAL);

    private static final Cidr LINK_LOCAL = Cidr.parse("fe80::/10");
    private static final IpAddress LINK_LOCAL_CLIENT = IpAddress.parse("fe80::79");
    private static final int NODE_SERVER = 9000;
    private static final int DAEMON = 9001;
    private static final int OTHER_NODE_SERVER = 9100;

    private final ForwardingPlan plan;

    RecordedNode(ForwardingPlan plan) {
        this.plan = plan;
    }

    private static Set<IpAddress> addresses(String... texts) {
        return Stream.of(texts).map(IpAddress::parse).collect(Collectors.toUnmodifiableSet());
    }

    private static boolean isLinkLocal(IpAddress address) {
        return !address.isIpv4() && LINK_LOCAL.contains(address);
    }

    private static IpAddress one(Set<IpAddress> both, IpFamily family) {
        return both.stream()
                .filter(address -> address.family() == family)
                .findFirst()
                .orElseThrow();
    }

    private static boolean isNodes(IpAddress address) {
        return ADDRESSES.contains(address) || address.isLoopback();
    }

    /** The first packet of a probe. */
    static FirstPacket firstPacket(RecordedProbe probe) {
        final IpAddress destination = IpAddress.parse(probe.address());
        final Protocol protocol = probe.protocol().equals("udp") ? Protocol.UDP : Protocol.TCP;
        return new FirstPacket(
                protocol, source(probe.origin(), destination), destination, probe.port(), Optional.empty());
    }

    /** The kernel's choice: to an address of its own the node speaks from it, elsewhere from the uplink. */
    private static IpAddress source(String origin, IpAddress destination) {
        if (isLinkLocal(destination)) {
            return LINK_LOCAL_CLIENT;
        }
        if (origin.equals("node") && destination.isLoopback()) {
            return IpAddress.parse(destination.isIpv4() ? "127.0.0.1" : "::1");
        }
        return origin.equals("node") && isNodes(destination)
                ? destination
                : one(HOSTS.getOrDefault(origin, Set.of()), destination.family());
    }

    /** Where a data plane makes VIPs the node's own as a whole, ports of them that no rule has refuse. */
    Outcome atWholeAddresses(FirstPacket packet, Outcome outcome) {
        final boolean isUntouched = outcome.verdict() == Verdict.NONE || outcome.verdict() == Verdict.ACCEPT;
        return isUntouched && isTaken(packet.destination()) ? Outcome.of(Verdict.REJECT) : outcome;
    }

    private boolean isTaken(IpAddress address) {
        return !isNodes(address)
                && plan.node().mode().has(ModeSemantics.Trait.TAKES_WHOLE_ADDRESSES)
                && plan.rules().keySet().stream()
                        .anyMatch(frontend ->
                                !frontend.isNodePort() && frontend.vip().equals(address));
    }

    /** Every way in which it may end. */
    Set<String> outcomes(RecordedProbe probe, Outcome decided) {
        final FirstPacket packet = firstPacket(probe);
        final Outcome outcome = atWholeAddresses(packet, decided);
        final boolean isFromNode = probe.origin().equals("node");
        final boolean isForNode = outcome.verdict() == Verdict.ACCEPT || outcome.verdict() == Verdict.NONE;
        if (probe.protocol().equals("http") && isForNode) {
            return words(health(packet.port()));
        }
        return switch (outcome.verdict()) {
            case FORWARD -> isLinkLocal(packet.source()) ? outOfScope(packet) : forwarded(packet, outcome, isFromNode);
            case DROP -> words(isFailedSend(packet, isFromNode) ? "error EPERM" : "silent");
            case REJECT ->
                words(isFailedSend(packet, isFromNode) && !isTaken(packet.destination()) ? "error EPERM" : "refused");
            case NONE, ACCEPT -> words(untouched(packet, isFromNode));
        };
    }

    private static Set<String> words(String word) {
        return Set.of(word);
    }

    /** A datagram that is stopped in the output hook, where only those pass that stay on the node. */
    private static boolean isFailedSend(FirstPacket packet, boolean isFromNode) {
        return isFromNode && packet.protocol() == Protocol.UDP && !isNodes(packet.destination());
    }

    private String health(int port) {
        return plan.healthChecks().stream()
                .filter(check -> check.port() == port)
                .map(check -> check.localEndpoints() > 0 ? "http 200" : "http 503")
                .findFirst()
                .orElse("refused");
    }

    /** No router forwards what comes from a link-local address (RFC 4291, 2.5.6), translated or not. */
    private static Set<String> outOfScope(FirstPacket packet) {
        return words(packet.protocol() == Protocol.TCP ? "unreachable EHOSTUNREACH" : "silent");
    }

    private static Set<String> forwarded(FirstPacket packet, Outcome outcome, boolean isFromNode) {
        final Set<String> all = new TreeSet<>();
        outcome.endpoints()
                .forEach((endpoint, masquerade) -> all.add(server(endpoint) + "/" + endpoint.port() + " "
                        + seen(packet.source(), endpoint, masquerade, isFromNode)));
        return all;
    }

    private static String server(PoolEndpoint endpoint) {
        return HOSTS.entrySet().stream()
                .filter(host -> host.getValue().contains(endpoint.address()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("nobody");
    }

    /** Nothing is masqueraded that does not leave the node, but what the node sends to itself. */
    private static IpAddress seen(IpAddress source, PoolEndpoint endpoint, boolean masquerade, boolean isFromNode) {
        final IpFamily family = source.family();
        if (isNodes(endpoint.address())) {
            return masquerade && isFromNode ? one(FIRST, family) : source;
        }
        if (!masquerade) {
            return source;
        }
        return one(server(endpoint).startsWith("pod") ? POD_GATEWAY : INTERNAL, family);
    }

    /** Who answers at an address that no rule translates. */
    private static String untouched(FirstPacket packet, boolean isFromNode) {
        final IpAddress to = packet.destination();
        if (OTHER_NODE.contains(to)) {
            return packet.port() == OTHER_NODE_SERVER ? "node2/9100 " + packet.source() : "refused";
        }
        if (!isNodes(to)) {
            return "silent"; // the other node forwards nothing
        }
        if (packet.port() == NODE_SERVER && INTERNAL.contains(to)) {
            return "node/9000 " + packet.source();
        }
        if (packet.port() != DAEMON) {
            return "refused";
        }
        // bound to no address, it answers datagrams from that of the interface towards the client
        return packet.protocol() == Protocol.TCP || isFromNode ? "daemon/9001 " + packet.source() : "silent";
    }
}
