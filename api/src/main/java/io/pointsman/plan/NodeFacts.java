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
 * Facts that a plan assumes about its node. Built with {@link #builder}.
 *
 * @param addresses every address of the node; loopback counts as the node's own even if not listed
 * @param nodePortAddresses node addresses that node ports answer on; loopback only if listed
 * @param loopback facts about 127.0.0.0/8 and ::1
 * @param mode the mode that the plan was made for
 * @param serviceRanges ranges of cluster addresses; a packet to one is dropped if it matches no rule and its address is
 *     no Service's cluster address. If empty, such packets pass
 * @param egress source addresses for masquerading, by destination; the longest range that contains the endpoint wins
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

    /** A fact about 127.0.0.0/8 or ::1. */
    public enum Loopback {
        /** Node ports answer on all of 127.0.0.0/8; {@code nodePortAddresses} contains 127.0.0.1. */
        SERVES_NODE_PORTS,
        /** Packets to 127.0.0.0/8 from other hosts are dropped. */
        GUARDED,
        /** Node ports on 127.0.0.1, which {@code nodePortAddresses} contains, are served by sockets of the backend. */
        FORWARDED_IPV4,
        /** Node ports on ::1, which {@code nodePortAddresses} contains, are served by sockets of the backend. */
        FORWARDED_IPV6
    }

    /** Source address of packets from the node to a range. */
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

    /** Starts a node without addresses, pods and node ports; unknown ports of cluster addresses pass. */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** Starts a builder with these facts. */
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

    /** Whether node ports answer on all of 127.0.0.0/8. */
    public boolean nodePortsOnLoopbackNet() {
        return loopback.contains(Loopback.SERVES_NODE_PORTS);
    }

    /** Whether packets to 127.0.0.0/8 from other hosts are dropped. */
    public boolean guardsLoopback() {
        return loopback.contains(Loopback.GUARDED);
    }

    /** Returns the loopback address where the backend's sockets serve node ports in a family; empty if none do. */
    public Optional<IpAddress> forwardedAddress(IpFamily family) {
        final Loopback forwarded =
                switch (family) {
                    case IPV4 -> Loopback.FORWARDED_IPV4;
                    case IPV6 -> Loopback.FORWARDED_IPV6;
                };
        return loopback.contains(forwarded) ? Optional.of(loopback(family)) : Optional.empty();
    }

    /** Returns 127.0.0.1 or ::1. */
    static IpAddress loopback(IpFamily family) {
        return switch (family) {
            case IPV4 -> LOOPBACK_IPV4;
            case IPV6 -> LOOPBACK_IPV6;
        };
    }

    /** Whether the address is the node's own. */
    public boolean owns(IpAddress address) {
        return address.isLoopback() || addresses.contains(address);
    }

    /**
     * Returns the families that the node uses with other hosts: those of its addresses that are neither loopback nor
     * link-local.
     */
    public Set<IpFamily> families() {
        final Set<IpFamily> families = EnumSet.noneOf(IpFamily.class);
        for (IpAddress address : addresses) {
            if (!address.isLoopback() && !address.isLinkLocal()) {
                families.add(address.family());
            }
        }
        return families;
    }

    /** Returns the addresses of one family that node ports answer on, in ascending order, as a new set. */
    public SortedSet<IpAddress> nodePortAddresses(IpFamily family) {
        final SortedSet<IpAddress> ofFamily = new TreeSet<>(nodePortAddresses);
        ofFamily.removeIf(address -> address.family() != family);
        return ofFamily;
    }

    /** Whether node ports answer on the destination. */
    public boolean servesNodePorts(IpAddress destination) {
        return nodePortAddresses.contains(destination)
                || (nodePortsOnLoopbackNet() && destination.isIpv4() && destination.isLoopback());
    }

    /**
     * Whether node ports on the destination do not forward, but still refuse if they have no endpoint for external clients.
     */
    public boolean onlyRefusesNodePorts(IpAddress destination) {
        return mode.has(ModeSemantics.Answer.REFUSES_NODE_PORTS_EVERYWHERE)
                && owns(destination)
                && !servesNodePorts(destination);
    }

    /** Returns the origin of a packet with this source. */
    public Origin originOf(IpAddress source, Optional<String> inputInterface) {
        if (podDetector.isPod(source, inputInterface)) {
            return Origin.LOCAL_POD;
        }
        return owns(source) ? Origin.NODE : Origin.EXTERNAL;
    }

    /** Returns the source of masqueraded connections to this endpoint; empty if none of its family is known. */
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

    /** Returns the service ranges of one family. */
    public List<Cidr> serviceRanges(IpFamily family) {
        return serviceRanges.stream().filter(range -> range.family() == family).toList();
    }

    /** Collects facts about a node; a fact not set is as {@link #builder} says. Not thread-safe. */
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
