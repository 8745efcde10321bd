package io.pointsman.nat;

/** Reason for a verdict. Packets are counted by reason. */
public enum Reason {
    ESTABLISHED("belongs to a known flow"),
    NEW_FLOW("a new connection, forwarded by its rule"),
    RELATED("an ICMP error about a known flow"),
    FRAGMENT("a later fragment of a known flow's packet"),
    NOT_OURS("no rule and no service address"),
    RULE_PASS("its rule leaves it alone"),
    HEALTH_PORT("a health check of a Service"),
    LOOPBACK_GUARD("from elsewhere to the loopback network"),
    REFUSED_NODE_PORT(
            "a node port without endpoints for external traffic, which is refused on all addresses of the node"),
    UNKNOWN_CLUSTER_PORT("a cluster address, and a port that no Service has there"),
    UNALLOCATED_SERVICE_IP("in the service ranges, where no Service has that port"),
    SOURCE_NOT_ALLOWED("its source is outside the allowed ranges"),
    RULE_DROP("its rule drops it: the Service has endpoints, but none that this traffic may use"),
    RULE_REJECT("its rule rejects it: the Service has no endpoints"),
    NO_ENDPOINT("every endpoint that this traffic may use has weight 0 or was already tried"),
    NO_EGRESS_ADDRESS("must be masqueraded, and the node has no address towards the endpoint"),
    SNAT_EXHAUSTED("no free source port towards the endpoint"),
    TABLE_FULL("the flow table is full"),
    INSERT_RACE("other threads kept inserting the same flow"),
    TCP_STATE("a TCP segment that does not fit the state of its connection"),
    TCP_WINDOW("a TCP segment beyond what its receiver offered, or long past"),
    NOT_A_START("can't start a connection: a TCP segment without SYN, or an SCTP packet without INIT"),
    STALE("its flow is gone"),
    FAMILY_UNKNOWN("neither IPv4 nor IPv6"),
    TRUNCATED("shorter than its headers say"),
    BAD_HEADER("a header contradicts itself"),
    TOO_MANY_EXTENSIONS("more IPv6 extension headers than are followed"),
    FRAGMENT_ORPHAN("a fragment to a service address whose first fragment was not seen"),
    SCTP_FRAGMENT("a fragmented SCTP packet, whose checksum can't be corrected"),
    ICMP_UNRELATED("an ICMP error about no known flow");

    private final String words;

    Reason(String words) {
        this.words = words;
    }

    /** Index among the counters of one process; never stored. */
    @SuppressWarnings("EnumOrdinal") // an array on the packet path, where a map would cost more
    public int index() {
        return ordinal();
    }

    /** Returns the reason as a phrase that follows "because it". */
    public String words() {
        return words;
    }
}
