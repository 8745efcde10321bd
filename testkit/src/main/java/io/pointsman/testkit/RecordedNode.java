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
 * The node and its network during the recordings of kube-proxy (see README.md in their folder). Translates the verdict on a
 * probe's first packet to the words of the recordings.
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

    /** Source of masqueraded connections from the node to its own endpoints: the first interface's address. */
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

    /** Returns the first packet of a probe. */
    static FirstPacket firstPacket(RecordedProbe probe) {
        final IpAddress destination = IpAddress.parse(probe.address());
        final Protocol protocol = probe.protocol().equals("udp") ? Protocol.UDP : Protocol.TCP;
        return new FirstPacket(
                protocol, source(probe.origin(), destination), destination, probe.port(), Optional.empty());
    }

    /** Returns the source that the kernel chooses: the destination if it is the node's own, else the uplink's address. */
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

    /** Returns the outcome on a data plane that takes whole VIPs: their ports without a rule refuse. */
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

    /** Returns every possible outcome of a probe, given the verdict on its packet. */
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

    /** Whether a datagram is stopped in the output hook, before it leaves the node. */
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

    /** Returns the result of a packet with a link-local source, which no router forwards (RFC 4291, 2.5.6). */
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
                .orElse("none");
    }

    /** Returns the source that the endpoint sees. On the node itself, only the node's own connections are masqueraded. */
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

    /** Returns the server that answers at an address without a rule. */
    private static String untouched(FirstPacket packet, boolean isFromNode) {
        final IpAddress to = packet.destination();
        if (OTHER_NODE.contains(to)) {
            return packet.port() == OTHER_NODE_SERVER ? "node2/9100 " + packet.source() : "refused";
        }
        if (!isNodes(to)) {
            return "silent"; // the other node does not forward
        }
        if (packet.port() == NODE_SERVER && INTERNAL.contains(to)) {
            return "node/9000 " + packet.source();
        }
        if (packet.port() != DAEMON) {
            return "refused";
        }
        // bound to no address, it sends datagrams from the address of the interface towards the client
        return packet.protocol() == Protocol.TCP || isFromNode ? "daemon/9001 " + packet.source() : "silent";
    }
}
