package io.pointsman.linux.backend;

/**
 * Numbers that backends occupy on a host, all in one place, so that no two backends, and no other program, take the same.
 * Those named {@code DEFAULT_…} are defaults of settings.
 */
public final class HostNumbers {
    /** {@code rtm_protocol} of routes that backend userspace makes; iproute2 has no name for it. */
    public static final int USERSPACE_ROUTES = 117;

    /** {@code rtm_protocol} of routes that backend ipvs makes; unassigned elsewhere. */
    public static final int IPVS_ROUTES = 126;

    /** Metric of routes of backend ipvs: larger than that of the kernel's own routes, which therefore take precedence. */
    public static final int IPVS_ROUTE_METRIC = 2026;

    /** Priority of the first of two routing rules of backend userspace; setting {@code rule-priority}. */
    public static final int DEFAULT_USERSPACE_RULE_PRIORITY = 90;

    /** Routing table of backend userspace; setting {@code route-table}. */
    public static final int DEFAULT_USERSPACE_ROUTE_TABLE = 17_013;

    /** Bit of the packet mark for replies to borrowed addresses, in backend userspace; setting {@code mark-bit}. */
    public static final int DEFAULT_USERSPACE_MARK_BIT = 13;

    /** Bit of the connection mark for connections to our frontends, in backend ipvs; setting {@code ours-bit}. */
    public static final int DEFAULT_IPVS_OURS_BIT = 12;

    /** Bit of the connection mark for connections translated by our rules, in backend iptables; setting {@code ours-bit}. */
    public static final int DEFAULT_IPTABLES_OURS_BIT = 13;

    /**
     * Bit of the mark for traffic to masquerade, the same as kube-proxy's: of the packet mark in backend iptables, of the
     * connection mark in backend ipvs; setting {@code masquerade-bit}.
     */
    public static final int DEFAULT_MASQUERADE_BIT = 14;

    /** High bits of the packet marks that backend ipvs gives to virtual servers of their own; 28 bits of a hash follow. */
    public static final int IPVS_SERVER_MARKS = 0x5000_0000;

    private HostNumbers() {}
}
