package io.pointsman.plan;

import java.util.EnumSet;
import java.util.Set;

/**
 * The answers that differ between kube-proxy's modes. Each backend states its own.
 *
 * @param unknownClusterIpPort a packet to a known cluster address and a port that no Service has there
 * @param dropsUnallocatedServiceIps packets to an address in the service ranges that is no cluster address are dropped, but
 *     for the ports that a Service has on it as another kind of address
 * @param nodePortsOnPrimaryOnly unless configured, node ports answer on the node's primary addresses only, not on all
 * @param localhostNodePorts node ports answer on 127.0.0.0/8 too (IPv4 only), unless configured otherwise
 * @param sourceRangesFirst allowed ranges guard a load balancer's address before anything else is asked: a source outside is
 *     dropped even when the Service has no endpoints, where it would else be told so by a reject, and when the address is an
 *     external one of the Service too, by which it would else be let in
 * @param opensHealthPorts lets packets to health check node ports in explicitly
 * @param refusesNodePortsEverywhere a node port whose Service has no endpoint for outsiders is refused or dropped on every
 *     address of the node, not only on those where node ports answer
 * @param traits what its way of carrying rules out means for the plan
 */
public record ModeSemantics(
        Action unknownClusterIpPort,
        boolean dropsUnallocatedServiceIps,
        boolean nodePortsOnPrimaryOnly,
        boolean localhostNodePorts,
        boolean sourceRangesFirst,
        boolean opensHealthPorts,
        boolean refusesNodePortsEverywhere,
        Set<Trait> traits) {
    /** What a plan has to heed in how a data plane works; a data plane that translates packets in the kernel has none. */
    public enum Trait {
        /**
         * Connections to endpoints are its own, from a socket on this node. One to an address that it serves itself comes
         * back to it, without end. Translated packets, of others, are not translated twice.
         */
        DIALS_ENDPOINTS,
        /**
         * An address that no interface of the node has becomes the node's own as a whole, not only the ports of Services.
         * Whoever really has it is cut off from this node.
         */
        TAKES_WHOLE_ADDRESSES
    }

    public ModeSemantics {
        traits = Set.copyOf(traits);
    }

    /** As kube-proxy's iptables mode answers. */
    public static final ModeSemantics IPTABLES =
            new ModeSemantics(Action.PASS, false, false, true, false, true, true, Set.of());

    /** Answers of a mode that has node ports where they answer and nowhere else. */
    public ModeSemantics(
            Action unknownClusterIpPort,
            boolean dropsUnallocatedServiceIps,
            boolean nodePortsOnPrimaryOnly,
            boolean localhostNodePorts,
            boolean sourceRangesFirst,
            boolean opensHealthPorts) {
        this(
                unknownClusterIpPort,
                dropsUnallocatedServiceIps,
                nodePortsOnPrimaryOnly,
                localhostNodePorts,
                sourceRangesFirst,
                opensHealthPorts,
                false,
                Set.of());
    }

    /** The same answers, given by a data plane with these traits besides. */
    public ModeSemantics with(Trait first, Trait... others) {
        final Set<Trait> all = EnumSet.of(first, others);
        all.addAll(traits);
        return new ModeSemantics(
                unknownClusterIpPort,
                dropsUnallocatedServiceIps,
                nodePortsOnPrimaryOnly,
                localhostNodePorts,
                sourceRangesFirst,
                opensHealthPorts,
                refusesNodePortsEverywhere,
                all);
    }

    public boolean has(Trait trait) {
        return traits.contains(trait);
    }

    /** As kube-proxy's nftables mode answers. */
    public static final ModeSemantics NFTABLES = new ModeSemantics(Action.REJECT, true, true, false, true, false);
}
