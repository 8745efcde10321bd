package io.pointsman.spi.userspace.host;

import io.pointsman.linux.nftables.text.NftElement;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PodDetector;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Text of our nft tables, which all have the same name.
 *
 * <p>Table {@code inet}: chain {@code returns} marks answers to borrowed source addresses, so that a routing rule delivers
 * them to their sockets. Chain {@code input} filters packets that begin a connection at an address of our listeners, before
 * the kernel answers: first by source range, then by the origin's action, then by port, if the address is ours by a route
 * only. Chain {@code reassembly} exists for its side effect.
 *
 * <p>Table {@code bridge}: an endpoint would answer a neighbour on its bridge directly, past this host. Its packets get the
 * bridge's own hardware address as destination, so that they come to this host.
 *
 * <p>Table {@code arp}: this host does not answer ARP requests for VIPs that it serves but does not own.
 */
public final class NftTables {
    public static final String NAME = "pointsman_userspace";

    /**
     * Chain without a hook, so no packet passes it. Any {@code tproxy} rule makes the kernel reassemble fragments before
     * chains see them and changes nothing else (Linux net/netfilter/nft_tproxy.c); {@code ct} would track all connections.
     * Without reassembly, {@code socket} would read the ports of a later fragment from its payload.
     */
    private static final String REASSEMBLY = "chain reassembly {\nmeta l4proto udp tproxy to :1\n}\n";

    private NftTables() {}

    /** Returns the body of one table without its elements, for a family of {@link HostCapabilities#TABLES}. */
    static String body(String table, NodeFacts node, int mark, boolean reassembles) {
        final StringBuilder text = new StringBuilder();
        for (SetKind kind : SetKind.values()) {
            for (IpFamily family : IpFamily.values()) {
                if (kind.tableFamily().equals(table)) {
                    text.append(kind.set(family).declaration());
                }
            }
        }
        switch (table) {
            case "inet" -> {
                if (reassembles) {
                    text.append(REASSEMBLY);
                }
                inet(text, node, mark);
            }
            case "bridge" ->
                text.append("chain prerouting { type filter hook prerouting priority dstnat; policy accept;\n")
                        .append("ether daddr set ip saddr . ip protocol . th sport map @bridged4")
                        .append(" meta pkttype set host\n")
                        .append("ether daddr set ip6 saddr . ip6 nexthdr . th sport map @bridged6")
                        .append(" meta pkttype set host\n")
                        .append("ip frag-off & 0x1fff != 0 ether daddr set ip saddr map @fragmented4")
                        .append(" meta pkttype set host\n")
                        .append("exthdr frag exists ether daddr set ip6 saddr map @fragmented6")
                        .append(" meta pkttype set host\n}\n");
            case "arp" ->
                text.append("chain input { type filter hook input priority filter; policy accept;\n")
                        .append("arp daddr ip @vips4 drop\n}\n");
            default -> throw new IllegalArgumentException("no table of family " + table);
        }
        return text.toString();
    }

    private static void inet(StringBuilder text, NodeFacts node, int mark) {
        text.append("chain returns { type filter hook prerouting priority mangle; policy accept;\n")
                .append("meta l4proto { tcp, udp, icmp, ipv6-icmp } socket transparent 1 meta mark set meta mark | 0x")
                .append(Integer.toHexString(mark))
                .append("\n}\n")
                .append("chain refuse {\nmeta l4proto tcp reject with tcp reset\nreject\n}\n");
        for (IpFamily family : IpFamily.values()) {
            judge(text, node, family);
        }
        text.append("chain input { type filter hook input priority filter - 10; policy accept;\n")
                .append("meta l4proto tcp tcp flags & (fin | syn | rst | ack) != syn accept\n")
                .append("meta l4proto != { tcp, udp } accept\n")
                .append("meta nfproto ipv4 goto judge4\n")
                .append("meta nfproto ipv6 goto judge6\n}\n");
    }

    private static void judge(StringBuilder text, NodeFacts node, IpFamily family) {
        final String n = SetKind.number(family);
        final String ip = family == IpFamily.IPV4 ? "ip" : "ip6";
        final String there = ip + " daddr . meta l4proto . th dport";
        text.append("chain known").append(n).append(" {\n");
        text.append(ip + " daddr @vips" + n + " " + there + " != @served" + n + " goto refuse\n}\n");
        for (String origin : List.of("pod", "node", "external")) {
            text.append("chain of_" + origin + n + " {\n");
            text.append(there + " vmap @from_" + origin + n + "\ngoto known" + n + "\n}\n");
        }
        text.append("chain judge").append(n).append(" {\n");
        text.append(there + " @ranged" + n + " " + there + " . " + ip + " saddr != @allowed" + n + " drop\n");
        switch (node.podDetector()) {
            case PodDetector.ByCidr(List<Cidr> ranges) -> {
                final List<Cidr> ours = ranges.stream()
                        .filter(range -> range.family() == family)
                        .toList();
                if (!ours.isEmpty()) {
                    text.append(ip + " saddr { " + NftElement.list(NftElement.outermost(ours)) + " } goto of_pod" + n
                            + "\n");
                }
            }
            case PodDetector.ByInterface(String name, boolean isPrefix) ->
                text.append("iifname \"" + name + (isPrefix ? "*" : "") + "\" goto of_pod" + n + "\n");
            case PodDetector.Unknown _ -> {}
        }
        final Set<String> own = new TreeSet<>(List.of(family == IpFamily.IPV4 ? "127.0.0.0/8" : "::1"));
        node.addresses().stream()
                .filter(address -> address.family() == family && !address.isLoopback())
                .map(IpAddress::toString)
                .forEach(own::add);
        text.append(ip + " saddr { " + NftElement.list(own) + " } goto of_node" + n + "\n");
        text.append("goto of_external" + n + "\n}\n");
    }
}
