package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a plan assumes about the node it is for. Built with {@link #builder}.
 *
 * @param addresses every address of the node; loopback counts as the node's own whether listed or not
 * @param nodePortAddresses destinations that node ports answer on, a part of the node's addresses; loopback only if listed
 * @param loopback what holds for 127.0.0.0/8 and ::1
 * @param mode the answers that the plan was made by
 * @param serviceRanges where cluster addresses come from; packets to one of them that meet no rule, and whose address is no
 *     Service's cluster address, are dropped. Empty: left alone
 * @param egress source addresses for masquerading, by destination; the longest range that holds the endpoint counts
 */
public record NodeFacts(
        String name,
        Set<IpAddress> addresses,
        PodDetector podDetector,
        Set<IpAddress> nodePortAddresses,
        Set<Loopback> loopback,
        ModeSemantics mode,
        List<Cidr> serviceRanges,
        List<Egress> egress) {
    private static final IpAddress LOOPBACK_IPV4 = IpAddress.ofIpv4(0x7F00_0001);
    private static final IpAddress LOOPBACK_IPV6 = IpAddress.ofIpv6(0, 1);

    /** What may hold for 127.0.0.0/8 and ::1. */
    public enum Loopback {
        /** Node ports answer on all of it; {@code nodePortAddresses} then has 127.0.0.1. */
        SERVES_NODE_PORTS,
        /** Packets to it from elsewhere are dropped. */
        GUARDED,
        /** Node ports on 127.0.0.1, which {@code nodePortAddresses} has, are answered by sockets of the backend. */
        FORWARDED_IPV4,
        /** The same on ::1. */
        FORWARDED_IPV6
    }

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
        Objects.requireNonNull(mode, "mode");
        addresses = Set.copyOf(addresses);
        nodePortAddresses = Set.copyOf(nodePortAddresses);
        loopback = Set.copyOf(loopback);
        serviceRanges = List.copyOf(serviceRanges);
        egress = List.copyOf(egress);
    }

    /** A node that nothing is known about: no addresses, no pods, no node ports; unknown ports of cluster addresses pass. */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** The same, to be changed in part. */
    public Builder toBuilder() {
        return new Builder(name)
                .addresses(addresses)
                .podDetector(podDetector)
                .nodePortAddresses(nodePortAddresses)
                .loopback(loopback)
                .mode(mode)
                .serviceRanges(serviceRanges)
                .egress(egress);
    }

    /** Node ports answer on all of 127.0.0.0/8. */
    public boolean nodePortsOnLoopbackNet() {
        return loopback.contains(Loopback.SERVES_NODE_PORTS);
    }

    /** Packets to 127.0.0.0/8 from elsewhere are dropped. */
    public boolean guardsLoopback() {
        return loopback.contains(Loopback.GUARDED);
    }

    /** The loopback address of a family on which sockets of the backend, not translated packets, answer at node ports. */
    public Optional<IpAddress> forwardedAddress(IpFamily family) {
        final Loopback forwarded =
                switch (family) {
                    case IPV4 -> Loopback.FORWARDED_IPV4;
                    case IPV6 -> Loopback.FORWARDED_IPV6;
                };
        return loopback.contains(forwarded) ? Optional.of(loopback(family)) : Optional.empty();
    }

    /** 127.0.0.1 or ::1. */
    static IpAddress loopback(IpFamily family) {
        return switch (family) {
            case IPV4 -> LOOPBACK_IPV4;
            case IPV6 -> LOOPBACK_IPV6;
        };
    }

    /** One of the node's own addresses. */
    public boolean owns(IpAddress address) {
        return address.isLoopback() || addresses.contains(address);
    }

    /** Families that the node speaks to others: those of its addresses that are neither loopback nor of one link only. */
    public Set<IpFamily> families() {
        final Set<IpFamily> families = EnumSet.noneOf(IpFamily.class);
        for (IpAddress address : addresses) {
            if (!address.isLoopback() && !address.isLinkLocal()) {
                families.add(address.family());
            }
        }
        return families;
    }

    /** Those of one family among the addresses that node ports answer on, in ascending order; a set of the caller's own. */
    public SortedSet<IpAddress> nodePortAddresses(IpFamily family) {
        final SortedSet<IpAddress> ofFamily = new TreeSet<>(nodePortAddresses);
        ofFamily.removeIf(address -> address.family() != family);
        return ofFamily;
    }

    /** A destination on which node ports answer. */
    public boolean servesNodePorts(IpAddress destination) {
        return nodePortAddresses.contains(destination)
                || (nodePortsOnLoopbackNet() && destination.isIpv4() && destination.isLoopback());
    }

    /** A destination on which node ports do not answer, but refuse where they have nobody to forward outsiders to. */
    public boolean onlyRefusesNodePorts(IpAddress destination) {
        return mode.has(ModeSemantics.Answer.REFUSES_NODE_PORTS_EVERYWHERE)
                && owns(destination)
                && !servesNodePorts(destination);
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

    /** Collects what is known about a node; every fact not set is as {@link #builder} says. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private Set<IpAddress> addresses = Set.of();
        private PodDetector podDetector = new PodDetector.Unknown();
        private Set<IpAddress> nodePortAddresses = Set.of();
        private Set<Loopback> loopback = Set.of();
        private ModeSemantics mode = ModeSemantics.of(Action.PASS);
        private List<Cidr> serviceRanges = List.of();
        private List<Egress> egress = List.of();

        private Builder(String name) {
            this.name = name;
        }

        public Builder addresses(Set<IpAddress> value) {
            addresses = value;
            return this;
        }

        public Builder podDetector(PodDetector value) {
            podDetector = value;
            return this;
        }

        public Builder nodePortAddresses(Set<IpAddress> value) {
            nodePortAddresses = value;
            return this;
        }

        public Builder loopback(Set<Loopback> value) {
            loopback = value;
            return this;
        }

        public Builder mode(ModeSemantics value) {
            mode = value;
            return this;
        }

        public Builder serviceRanges(List<Cidr> value) {
            serviceRanges = value;
            return this;
        }

        public Builder egress(List<Egress> value) {
            egress = value;
            return this;
        }

        public NodeFacts build() {
            return new NodeFacts(
                    name, addresses, podDetector, nodePortAddresses, loopback, mode, serviceRanges, egress);
        }
    }
}
