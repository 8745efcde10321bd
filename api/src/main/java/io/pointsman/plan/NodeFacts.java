package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a plan assumes about the node it is for.
 *
 * @param addresses every address of the node; loopback counts as the node's own whether listed or not
 * @param nodePortAddresses destinations that node ports answer on, a part of the node's addresses; loopback only if listed
 * @param nodePortsOnLoopbackNet node ports answer on all of 127.0.0.0/8; {@code nodePortAddresses} then has 127.0.0.1
 * @param refusesNodePortsEverywhere a node port that outsiders are not forwarded by refuses, or drops, everybody on the node's
 *     other addresses too
 * @param clusterIps what happens to a packet for a known cluster address and a port that no Service has there
 * @param serviceRanges where cluster addresses come from; packets to one of them that meet no rule, and whose address is no
 *     Service's cluster address, are dropped. Empty: left alone
 * @param opensHealthPorts packets to health check node ports are explicitly let in
 * @param guardsLoopback packets to 127.0.0.0/8 from elsewhere are dropped
 * @param egress source addresses for masquerading, by destination; the longest range that holds the endpoint counts
 */
public record NodeFacts(
        String name,
        Set<IpAddress> addresses,
        PodDetector podDetector,
        Set<IpAddress> nodePortAddresses,
        boolean nodePortsOnLoopbackNet,
        boolean refusesNodePortsEverywhere,
        Action clusterIps,
        List<Cidr> serviceRanges,
        boolean opensHealthPorts,
        boolean guardsLoopback,
        List<Egress> egress) {
    private static final IpAddress LOOPBACK_IPV4 = IpAddress.ofIpv4(0x7F00_0001);

    /** Packets to this range leave the node with this source address. */
    public record Egress(Cidr destination, IpAddress source) {
        public Egress {
            if (destination.family() != source.family()) {
                throw new IllegalArgumentException("egress to " + destination + " can't have source " + source);
            }
        }
    }

    public NodeFacts {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(podDetector, "podDetector");
        Objects.requireNonNull(clusterIps, "clusterIps");
        addresses = Set.copyOf(addresses);
        nodePortAddresses = Set.copyOf(nodePortAddresses);
        serviceRanges = List.copyOf(serviceRanges);
        egress = List.copyOf(egress);
    }

    /**
     * Those of a node that has node ports where they answer and nowhere else. One address of those, 127.0.0.1, stands for
     * its whole network.
     */
    public NodeFacts(
            String name,
            Set<IpAddress> addresses,
            PodDetector podDetector,
            Set<IpAddress> nodePortAddresses,
            Action clusterIps,
            List<Cidr> serviceRanges,
            boolean opensHealthPorts,
            boolean guardsLoopback,
            List<Egress> egress) {
        this(
                name,
                addresses,
                podDetector,
                nodePortAddresses,
                nodePortAddresses.contains(LOOPBACK_IPV4),
                false,
                clusterIps,
                serviceRanges,
                opensHealthPorts,
                guardsLoopback,
                egress);
    }

    /** The same with other addresses to masquerade by. */
    public NodeFacts withEgress(List<Egress> otherEgress) {
        return new NodeFacts(
                name,
                addresses,
                podDetector,
                nodePortAddresses,
                nodePortsOnLoopbackNet,
                refusesNodePortsEverywhere,
                clusterIps,
                serviceRanges,
                opensHealthPorts,
                guardsLoopback,
                otherEgress);
    }

    /** One of the node's own addresses. */
    public boolean owns(IpAddress address) {
        return address.isLoopback() || addresses.contains(address);
    }

    /** A destination on which node ports answer. */
    public boolean servesNodePorts(IpAddress destination) {
        return nodePortAddresses.contains(destination)
                || (nodePortsOnLoopbackNet && destination.isIpv4() && destination.isLoopback());
    }

    /** A destination on which node ports do not answer, but refuse where they have nobody to forward outsiders to. */
    public boolean onlyRefusesNodePorts(IpAddress destination) {
        return refusesNodePortsEverywhere && owns(destination) && !servesNodePorts(destination);
    }

    /** Where a packet with this source comes from. */
    public Origin originOf(IpAddress source, Optional<String> inputInterface) {
        if (podDetector.isPod(source, inputInterface)) {
            return Origin.LOCAL_POD;
        }
        return owns(source) ? Origin.NODE : Origin.EXTERNAL;
    }

    /** The address that masqueraded connections to this endpoint come from; empty when none of its family is known. */
    public Optional<IpAddress> egressTo(IpAddress endpoint) {
        Egress best = null;
        for (Egress candidate : egress) {
            if (candidate.destination().contains(endpoint)
                    && (best == null
                            || candidate.destination().prefixLength()
                                    > best.destination().prefixLength())) {
                best = candidate;
            }
        }
        return Optional.ofNullable(best).map(Egress::source);
    }

    /** Service ranges of one family. */
    public List<Cidr> serviceRanges(IpFamily family) {
        return serviceRanges.stream().filter(range -> range.family() == family).toList();
    }
}
