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

/** Renders the chains that are there once: what built-in chains jump to, and what follows from the node alone. */
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

    /** Chains of table nat that no plan changes. */
    void renderNat(ChainTexts nat) {
        nat.put(
                Names.POSTROUTING,
                mark.match() + "-g " + Names.MASQUERADE + "\n" + "-m conntrack --ctstate DNAT "
                        + HairpinMatch.of(family) + "-g " + Names.MASQUERADE + "\n");
    }

    /** By the plan's address where it has one for the destination; else by the outgoing interface's, as kube-proxy does. */
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

    /** Chains that follow from the node. */
    void renderNode(NodeFacts node, List<HealthCheck> healthChecks, ChainTexts nat, ChainTexts filter) {
        nat.put(
                Names.SERVICES,
                // what is translated goes no further, so that it keeps the bit
                ours.set() + "-j " + Names.VIPS + "\n" + toNodePorts(node, Names.NODE_PORTS) + ours.clear());
        nat.put(Names.MASQUERADE, masquerade(node));
        filter.put(
                Names.INPUT,
                guard(node) + Matches.NEW + "-j " + Names.UNTRANSLATED + "\n"
                        + (node.mode().has(ModeSemantics.Answer.OPENS_HEALTH_PORTS) ? admit(healthChecks) : ""));
        // What is for the node itself comes to INPUT, where it can be refused in words that any sender understands.
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
     * A connection that has had no answer yet stays {@code NEW}: what of it comes after its first packet passes because that
     * one did (the kernel confirms it then). A first packet that keeps its source passes only what no rule of others stops,
     * at the end of the built-in chain: policies for pods are such rules.
     */
    private void renderForward(ChainTexts filter) {
        filter.put(
                Names.FORWARD,
                // most packets leave here
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

    /** Whether a known cluster address refuses ports that no Service has there. */
    static boolean refusesUnknownPorts(NodeFacts node) {
        return node.mode().unknownClusterIpPort() instanceof Action.Reject
                || node.mode().unknownClusterIpPort() instanceof Action.Drop;
    }

    /** The rule for a cluster address and a port that no Service has there. */
    String unknownPort(IpAddress clusterIp, NodeFacts node) {
        final String verdict =
                node.mode().unknownClusterIpPort() instanceof Action.Reject ? Matches.reject(family) : "DROP";
        return Matches.destination(Cidr.of(clusterIp)) + "-j " + verdict + "\n";
    }

    /**
     * An endpoint's packet that belongs to no known connection would reach the client as it is, with an address that the
     * client never dialed, and be answered by a reset. Only packets from where endpoints are can do so; those of others
     * (behind asymmetric routes, say) are not our business.
     */
    static String invalid(Collection<Cidr> endpointRanges) {
        final StringBuilder text = new StringBuilder();
        for (Cidr range : new TreeSet<>(endpointRanges)) {
            text.append(Matches.source(range)).append("-j DROP\n");
        }
        return text.toString();
    }

    /** Sends on what is for an address on which node ports answer. */
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
            // by the kernel's own knowledge, which is never late
            final String but = family == IpFamily.IPV6 ? "! -d ::1/128 " : loopbackNet ? "" : "! -d 127.0.0.0/8 ";
            text.append(but).append(LOCAL_DESTINATION).append(last);
        } else {
            serving.forEach(address ->
                    text.append(Matches.destination(Cidr.of(address))).append(last));
        }
        return text.toString();
    }

    /** With route_localnet, other hosts could reach what listens on loopback only. */
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
