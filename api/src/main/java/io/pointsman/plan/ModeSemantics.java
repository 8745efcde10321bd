package io.pointsman.plan;

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
 */
public record ModeSemantics(
        Action unknownClusterIpPort,
        boolean dropsUnallocatedServiceIps,
        boolean nodePortsOnPrimaryOnly,
        boolean localhostNodePorts,
        boolean sourceRangesFirst,
        boolean opensHealthPorts,
        boolean refusesNodePortsEverywhere) {
    /** As kube-proxy's iptables mode answers. */
    public static final ModeSemantics IPTABLES = new ModeSemantics(Action.PASS, false, false, true, false, true, true);

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
                false);
    }

    /** As kube-proxy's nftables mode answers. */
    public static final ModeSemantics NFTABLES = new ModeSemantics(Action.REJECT, true, true, false, true, false);
}
