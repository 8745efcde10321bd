package io.pointsman.nat.policy;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.nat.InputInterface;
import io.pointsman.plan.Action;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Origin;
import io.pointsman.plan.PodDetector;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link NodeFacts} and the health check ports, prepared for look-ups per packet that allocate nothing. Immutable. */
public final class CompiledNode {
    public final NodeFacts facts;
    private final AddressSet addresses;
    private final AddressSet nodePortAddresses;
    private final boolean nodePortsOnLoopbackNet;
    private final boolean refusesNodePortsEverywhere;
    private final AddressRanges podRanges;
    private final @Nullable String podInterface;
    private final boolean podInterfaceIsPrefix;
    private final AddressRanges serviceRanges;
    private final AddressRanges[] egressRanges; // longest prefix first
    private final IpAddress[] egressSources;
    private final BitSet healthPortsIpv4 = new BitSet();
    private final BitSet healthPortsIpv6 = new BitSet();

    CompiledNode(NodeFacts facts, List<HealthCheck> healthChecks) {
        this.facts = facts;
        addresses = new AddressSet(facts.addresses());
        nodePortAddresses = new AddressSet(facts.nodePortAddresses());
        nodePortsOnLoopbackNet = facts.nodePortsOnLoopbackNet();
        refusesNodePortsEverywhere = facts.mode().has(ModeSemantics.Answer.REFUSES_NODE_PORTS_EVERYWHERE);
        podRanges = new AddressRanges(
                facts.podDetector() instanceof PodDetector.ByCidr byCidr ? byCidr.ranges() : List.of());
        if (facts.podDetector() instanceof PodDetector.ByInterface byInterface) {
            podInterface = byInterface.name();
            podInterfaceIsPrefix = byInterface.isPrefix();
        } else {
            podInterface = null;
            podInterfaceIsPrefix = false;
        }
        serviceRanges = new AddressRanges(facts.serviceRanges());
        final List<NodeFacts.Egress> egress = new ArrayList<>(facts.egress());
        egress.sort(Comparator.comparingInt(
                        (NodeFacts.Egress one) -> one.destination().prefixLength())
                .reversed());
        egressRanges = new AddressRanges[egress.size()];
        egressSources = new IpAddress[egress.size()];
        for (int i = 0; i < egressRanges.length; i++) {
            final Cidr destination = egress.get(i).destination();
            egressRanges[i] = new AddressRanges(List.of(destination));
            egressSources[i] = egress.get(i).source();
        }
        if (facts.mode().has(ModeSemantics.Answer.OPENS_HEALTH_PORTS)) {
            healthChecks.forEach(check -> check.families().forEach(family -> {
                switch (family) {
                    case IPV4 -> healthPortsIpv4.set(check.port());
                    case IPV6 -> healthPortsIpv6.set(check.port());
                }
            }));
        }
    }

    static boolean isLoopback(boolean ipv4, long high, long low) {
        return ipv4 ? low >>> 24 == 127 : high == 0 && low == 1;
    }

    boolean owns(boolean ipv4, long high, long low) {
        return isLoopback(ipv4, high, low) || addresses.contains(ipv4, high, low);
    }

    public boolean servesNodePorts(boolean ipv4, long high, long low) {
        return nodePortAddresses.contains(ipv4, high, low)
                || (nodePortsOnLoopbackNet && ipv4 && isLoopback(true, high, low));
    }

    /** Whether node ports on this address only refuse, by {@link NodeFacts#onlyRefusesNodePorts}. */
    boolean onlyRefusesNodePorts(boolean ipv4, long high, long low) {
        return refusesNodePortsEverywhere && owns(ipv4, high, low) && !servesNodePorts(ipv4, high, low);
    }

    boolean isPod(boolean ipv4, long high, long low, InputInterface inputInterface) {
        final String prefix = podInterface;
        if (prefix == null) {
            return podRanges.contains(ipv4, high, low);
        }
        final String name = inputInterface.interfaceName();
        return name != null && (podInterfaceIsPrefix ? name.startsWith(prefix) : name.equals(prefix));
    }

    /** Origin of a source address, by {@link NodeFacts#originOf}. */
    Origin originOf(boolean ipv4, long high, long low, InputInterface inputInterface) {
        if (isPod(ipv4, high, low, inputInterface)) {
            return Origin.LOCAL_POD;
        }
        return owns(ipv4, high, low) ? Origin.NODE : Origin.EXTERNAL;
    }

    /** The node's source address towards a destination, by {@link NodeFacts#egressTo}; null if there is none. */
    @Nullable
    public IpAddress egressTo(boolean ipv4, long high, long low) {
        for (int i = 0; i < egressRanges.length; i++) {
            if (egressRanges[i].contains(ipv4, high, low)) {
                return egressSources[i];
            }
        }
        return null;
    }

    boolean isServiceAddress(boolean ipv4, long high, long low) {
        return serviceRanges.contains(ipv4, high, low);
    }

    boolean admitsHealthCheck(boolean ipv4, int port) {
        return (ipv4 ? healthPortsIpv4 : healthPortsIpv6).get(port);
    }

    /**
     * Whether the loopback guard drops a packet: from elsewhere to the loopback network. Not asked about packets that a rule
     * forwards.
     */
    boolean guards(boolean ipv4, long sourceLow, long low) {
        return ipv4 && isLoopback(true, 0, low) && facts.guardsLoopback() && !isLoopback(true, 0, sourceLow);
    }

    Action unknownClusterIpPort() {
        return facts.mode().unknownClusterIpPort();
    }
}
