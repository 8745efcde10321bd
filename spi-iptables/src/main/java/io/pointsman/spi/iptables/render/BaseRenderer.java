package io.pointsman.spi.iptables.render;

import io.pointsman.linux.iptables.ChainTexts;
import io.pointsman.linux.iptables.HairpinMatch;
import io.pointsman.linux.iptables.MarkBit;
import io.pointsman.linux.iptables.Matches;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.Action;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Renderer of the chains that exist once: those that built-in chains jump to, and those that depend on the node alone. */
final class BaseRenderer {
    private static final int MAX_MULTIPORT = 15; // XT_MULTI_PORTS in include/uapi/linux/netfilter/xt_multiport.h
    private static final String LOCAL_DESTINATION = "-m addrtype --dst-type LOCAL ";
    private static final String ELSEWHERE_DESTINATION = "-m addrtype ! --dst-type LOCAL ";

    private final IpFamily family;
    private final MarkBit mark;
    private final MarkBit ours;

    BaseRenderer(IpFamily family, MarkBit mark, MarkBit ours) {
        this.family = family;
        this.mark = mark;
        this.ours = ours;
    }

    /** Renders the chains of table nat that are the same for every plan. */
    void renderNat(ChainTexts nat) {
        nat.put(
                Names.POSTROUTING,
                mark.match() + "-g " + Names.MASQUERADE + "\n" + "-m conntrack --ctstate DNAT "
                        + HairpinMatch.of(family) + "-g " + Names.MASQUERADE + "\n");
    }

    /**
     * Renders the source translation: to the plan's address for the destination if there is one, else to the outgoing
     * interface's, as kube-proxy does.
     */
    private String masquerade(NodeFacts node) {
        final StringBuilder text = new StringBuilder(mark.clear());
        node.egress().stream()
                .filter(egress -> egress.source().family() == family
                        && !egress.destination().isEverything())
                .sorted(Comparator.comparingInt((NodeFacts.Egress egress) ->
                                -egress.destination().prefixLength())
                        .thenComparing(NodeFacts.Egress::destination))
                .forEach(egress -> text.append(Matches.destination(egress.destination()))
                        .append("-j SNAT --to-source ")
                        .append(egress.source())
                        .append(" --random-fully\n"));
        return text.append("-j MASQUERADE --random-fully\n").toString();
    }

    /** Renders the chains that depend on the node. */
    void renderNode(NodeFacts node, List<HealthCheck> healthChecks, ChainTexts nat, ChainTexts filter) {
        nat.put(
                Names.SERVICES,
                // a translated packet leaves the chain here and so keeps the bit
                ours.set() + "-j " + Names.VIPS + "\n" + toNodePorts(node, Names.NODE_PORTS) + ours.clear());
        nat.put(Names.MASQUERADE, masquerade(node));
        filter.put(
                Names.INPUT,
                guard(node) + Matches.NEW + "-j " + Names.UNTRANSLATED + "\n"
                        + (node.mode().has(ModeSemantics.Answer.OPENS_HEALTH_PORTS) ? admit(healthChecks) : ""));
        // Packets for the node itself come to INPUT, where any sender understands the error of a rejection.
        filter.put(Names.OUTPUT, guard(node) + Matches.NEW + ELSEWHERE_DESTINATION + "-j " + Names.UNTRANSLATED + "\n");
        renderForward(filter);
        final StringBuilder untranslated = new StringBuilder();
        untranslated.append("-j ").append(Names.REFUSED_VIPS).append('\n');
        untranslated.append(
                node.mode().has(ModeSemantics.Answer.REFUSES_NODE_PORTS_EVERYWHERE)
                        ? LOCAL_DESTINATION + "-j " + Names.REFUSED_NODE_PORTS + "\n"
                        : toNodePorts(node, Names.REFUSED_NODE_PORTS));
        if (refusesUnknownPorts(node)) {
            untranslated.append("-j ").append(Names.CLUSTER_IPS).append('\n');
            for (Cidr range : node.serviceRanges(family)) {
                untranslated.append(Matches.destination(range)).append("-j DROP\n");
            }
        }
        filter.put(Names.UNTRANSLATED, untranslated.toString());
    }

    /**
     * Renders FORWARD. A connection without an answer stays {@code NEW}; its later packets pass because the first one did
     * (the kernel confirms the connection then). A first packet that keeps its source is accepted at the end of the built-in
     * chain only, after other programs' rules, such as policies for pods.
     */
    private void renderForward(ChainTexts filter) {
        filter.put(
                Names.FORWARD,
                // most packets match this rule
                "-m conntrack --ctstate RELATED,ESTABLISHED -m conntrack --ctstate DNAT -j ACCEPT\n"
                        + Matches.NEW + "-j " + Names.UNANSWERED + "\n"
                        + "-m conntrack --ctstate INVALID -j " + Names.INVALID + "\n");
        filter.put(
                Names.UNANSWERED,
                ours.match() + "-m conntrack --ctstatus CONFIRMED -j ACCEPT\n"
                        + "-j " + Names.UNTRANSLATED + "\n"
                        + mark.match() + "-j ACCEPT\n");
        filter.put(Names.TRANSLATED, ours.match() + "-j ACCEPT\n");
    }

    /** Whether a known cluster address refuses ports without a Service. */
    static boolean refusesUnknownPorts(NodeFacts node) {
        return node.mode().unknownClusterIpPort() instanceof Action.Reject
                || node.mode().unknownClusterIpPort() instanceof Action.Drop;
    }

    /** Returns the rule for packets to a cluster address that no other rule matches. */
    String unknownPort(IpAddress clusterIp, NodeFacts node) {
        final String verdict =
                node.mode().unknownClusterIpPort() instanceof Action.Reject ? Matches.reject(family) : "DROP";
        return Matches.destination(Cidr.of(clusterIp)) + "-j " + verdict + "\n";
    }

    /**
     * Renders the drop of endpoints' packets that belong to no known connection. Such a packet would reach the client
     * untranslated, from an address that it never dialed, and the client would reset its connection. Only packets from the
     * ranges of endpoints are dropped; those of other hosts (with asymmetric routes, for example) are not ours to judge.
     */
    static String invalid(Collection<Cidr> endpointRanges) {
        final StringBuilder text = new StringBuilder();
        for (Cidr range : new TreeSet<>(endpointRanges)) {
            text.append(Matches.source(range)).append("-j DROP\n");
        }
        return text.toString();
    }

    /** Renders the jumps for packets to addresses with node ports. */
    private String toNodePorts(NodeFacts node, String chain) {
        final Set<IpAddress> serving = node.nodePortAddresses(family);
        final TreeSet<IpAddress> loopback = new TreeSet<>(serving);
        loopback.removeIf(address -> !address.isLoopback());
        serving.removeAll(loopback);
        final boolean loopbackNet = family == IpFamily.IPV4 && node.nodePortsOnLoopbackNet();
        final boolean everyOther = !serving.isEmpty()
                && node.addresses().stream()
                        .filter(address -> address.family() == family && !address.isLoopback())
                        .filter(address -> address.isIpv4() || !address.isLinkLocal())
                        .allMatch(serving::contains);
        final String last = "-j " + chain + "\n";
        final StringBuilder text = new StringBuilder();
        if (!loopbackNet) {
            loopback.forEach(address ->
                    text.append(Matches.destination(Cidr.of(address))).append(last));
        } else if (!everyOther) {
            text.append("-d 127.0.0.0/8 ").append(last);
        }
        if (everyOther) {
            // the kernel always knows its current addresses
            final String but = family == IpFamily.IPV6 ? "! -d ::1/128 " : loopbackNet ? "" : "! -d 127.0.0.0/8 ";
            text.append(but).append(LOCAL_DESTINATION).append(last);
        } else {
            serving.forEach(address ->
                    text.append(Matches.destination(Cidr.of(address))).append(last));
        }
        return text.toString();
    }

    /** Renders the protection of sockets that listen on loopback only, which route_localnet would expose to other hosts. */
    private String guard(NodeFacts node) {
        return node.guardsLoopback() && family == IpFamily.IPV4
                ? "! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP\n"
                : "";
    }

    private String admit(List<HealthCheck> healthChecks) {
        final List<Integer> ports = new ArrayList<>(new TreeSet<>(healthChecks.stream()
                .filter(check -> check.families().contains(family))
                .map(HealthCheck::port)
                .toList()));
        final StringBuilder text = new StringBuilder();
        for (int from = 0; from < ports.size(); from += MAX_MULTIPORT) {
            final List<String> some = ports.subList(from, Math.min(ports.size(), from + MAX_MULTIPORT)).stream()
                    .map(port -> Integer.toString(port))
                    .toList();
            text.append("-p tcp -m multiport --dports ")
                    .append(String.join(",", some))
                    .append(" -j ACCEPT\n");
        }
        return text.toString();
    }
}
