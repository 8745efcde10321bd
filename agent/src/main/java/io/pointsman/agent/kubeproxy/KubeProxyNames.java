package io.pointsman.agent.kubeproxy;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Names of the objects that kube-proxy creates in its modes iptables, ipvs and nftables, versions 1.20 to 1.37
 * (Kubernetes' {@code pkg/proxy}). Some similar names belong to others: {@code KUBE-ROUTER-INPUT}, {@code KUBE-NWPLCY-…}
 * and {@code KUBE-POD-FW-…} to kube-router; {@code KUBE-KUBELET-CANARY}, {@code KUBE-IPTABLES-HINT},
 * {@code KUBE-MARK-DROP} and {@code KUBE-FIREWALL} to the kubelet.
 */
final class KubeProxyNames {
    /** Interface of mode ipvs that has every VIP. */
    static final String IPVS_LINK = "kube-ipvs0";

    /** Name of the nftables tables, in families ip and ip6. */
    static final String TABLE = "kube-proxy";

    static final String MARK_CHAIN = "KUBE-MARK-MASQ";
    static final String POSTROUTING_CHAIN = "KUBE-POSTROUTING";

    private static final Set<String> NAT = Set.of(
            "KUBE-SERVICES",
            "KUBE-NODEPORTS",
            "KUBE-NODE-PORT",
            "KUBE-LOAD-BALANCER",
            "KUBE-PROXY-CANARY",
            MARK_CHAIN,
            POSTROUTING_CHAIN);
    private static final Set<String> FILTER = Set.of(
            "KUBE-SERVICES",
            "KUBE-EXTERNAL-SERVICES",
            "KUBE-FORWARD",
            "KUBE-NODEPORTS",
            "KUBE-NODE-PORT",
            "KUBE-PROXY-FIREWALL",
            "KUBE-SOURCE-RANGES-FIREWALL",
            "KUBE-IPVS-FILTER",
            "KUBE-IPVS-OUT-FILTER",
            "KUBE-PROXY-CANARY");
    private static final Set<String> MANGLE = Set.of("KUBE-PROXY-CANARY");

    /** Chains of one Service or endpoint: 16 characters of a hash in base 32. */
    private static final Pattern HASHED = Pattern.compile("KUBE-(SVC|SVL|EXT|SEP|XLB|FW)-[A-Z2-7]{16}");

    /** Comments of the rules in built-in chains that jump to kube-proxy's chains. */
    private static final Set<String> JUMPS = Set.of(
            "kubernetes service portals",
            "kubernetes externally-visible service portals",
            "kubernetes forwarding rules",
            "kubernetes postrouting rules",
            "kubernetes health check service ports",
            "kubernetes load balancer firewall",
            "kubernetes ipvs access filter");

    private static final List<String> SETS = List.of(
            "KUBE-LOOP-BACK",
            "KUBE-CLUSTER-IP",
            "KUBE-EXTERNAL-IP",
            "KUBE-EXTERNAL-IP-LOCAL",
            "KUBE-LOAD-BALANCER",
            "KUBE-LOAD-BALANCER-LOCAL",
            "KUBE-LOAD-BALANCER-FW",
            "KUBE-LOAD-BALANCER-SOURCE-IP",
            "KUBE-LOAD-BALANCER-SOURCE-CIDR",
            "KUBE-NODE-PORT-TCP",
            "KUBE-NODE-PORT-LOCAL-TCP",
            "KUBE-NODE-PORT-UDP",
            "KUBE-NODE-PORT-LOCAL-UDP",
            "KUBE-NODE-PORT-SCTP-HASH",
            "KUBE-NODE-PORT-LOCAL-SCTP-HASH",
            "KUBE-HEALTH-CHECK-NODE-PORT",
            "KUBE-IPVS-IPS");
    private static final int MAX_SET_NAME = 31; // IPSET_MAXNAMELEN without the terminating zero

    private KubeProxyNames() {}

    /** @param table the table's name, such as {@code nat} */
    static boolean isChain(String table, String name) {
        final Set<String> fixed =
                switch (table) {
                    case "nat" -> NAT;
                    case "filter" -> FILTER;
                    case "mangle" -> MANGLE;
                    default -> Set.of();
                };
        final boolean isServed = table.equals("nat") || table.equals("filter");
        return fixed.contains(name) || (isServed && HASHED.matcher(name).matches());
    }

    /** @param comment of a rule in a built-in chain that jumps to one of these chains */
    static boolean isJump(String comment) {
        return JUMPS.contains(comment);
    }

    /** Whether a set is kube-proxy's. For IPv6, its name has an added 6 and is cut to the kernel's limit. */
    static boolean isSet(String name) {
        return SETS.stream().anyMatch(ipv4 -> name.equals(ipv4) || name.equals(ipv6(ipv4)));
    }

    private static String ipv6(String ipv4) {
        final String name = ipv4.replaceFirst("^KUBE-", "KUBE-6-");
        return name.substring(0, Math.min(name.length(), MAX_SET_NAME));
    }
}
