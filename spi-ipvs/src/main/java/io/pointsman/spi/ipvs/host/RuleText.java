package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.iptables.HairpinMatch;
import io.pointsman.linux.iptables.Hook;
import io.pointsman.linux.iptables.Matches;
import io.pointsman.linux.iptables.PodMatches;
import io.pointsman.linux.iptables.RuleLayout;
import io.pointsman.linux.iptables.RulePrograms;
import io.pointsman.linux.program.Programs;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.Action;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Origin;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Renderer of one family's iptables rules. They depend on the node alone: no Service adds a rule.
 *
 * <p>Table mangle decides who may connect, before IPVS sees a packet. For packets that this node sends, IPVS acts in OUTPUT
 * before table filter, so table filter would be too late. Rejections are left to table filter, which can send errors.
 */
public final class RuleText {
    /** Layout of the rules: three tables, written in this order. */
    public static final RuleLayout LAYOUT = new RuleLayout(SetKind.PREFIX + "-", hooks());

    static final int LOCK_WAIT_SECONDS = 10;

    private final IpFamily family;
    private final Marks marks;
    private final NodeFacts node;
    private final Map<String, Map<String, String>> tables = new LinkedHashMap<>();

    private RuleText(IpFamily family, Marks marks, NodeFacts node) {
        this.family = family;
        this.marks = marks;
        this.node = node;
    }

    private static Map<String, List<Hook>> hooks() {
        final Map<String, List<Hook>> hooks = new LinkedHashMap<>();
        hooks.put("mangle", List.of(new Hook("PREROUTING", "PTV-NEW"), new Hook("OUTPUT", "PTV-NEW")));
        hooks.put(
                "filter",
                List.of(
                        new Hook("INPUT", "PTV-INPUT"),
                        new Hook("FORWARD", "PTV-FORWARD"),
                        new Hook("OUTPUT", "PTV-OUTPUT")));
        hooks.put("nat", List.of(new Hook("POSTROUTING", "PTV-POSTROUTING")));
        return hooks;
    }

    /** Returns the programs that print and load the rules, started through the given ones. */
    public static RulePrograms programs(Programs programs) {
        return new RulePrograms(programs, LAYOUT.prefix(), LOCK_WAIT_SECONDS);
    }

    /** Returns the text of chains by name, by table; the built-in chains that jump to them are in {@link #LAYOUT}. */
    public static Map<String, Map<String, String>> render(IpFamily family, Marks marks, NodeFacts node) {
        final RuleText text = new RuleText(family, marks, node);
        text.mangle();
        text.filter();
        text.nat();
        return text.tables;
    }

    private void chain(String table, String name, List<String> rules) {
        tables.computeIfAbsent(table, _ -> new LinkedHashMap<>())
                .put(name, rules.stream().map(rule -> rule + "\n").collect(Collectors.joining()));
    }

    private String match(SetKind kind, String fields) {
        return "-m set --match-set " + kind.name(family) + " " + fields + " ";
    }

    private String noMatch(SetKind kind, String fields) {
        return "-m set ! --match-set " + kind.name(family) + " " + fields + " ";
    }

    private void mangle() {
        final List<String> first = new ArrayList<>();
        first.add("-m conntrack ! --ctstate NEW -j RETURN");
        first.add(noMatch(SetKind.FRONTENDS, "dst,dst") + "-j RETURN");
        first.add(match(SetKind.GUARDED, "dst,dst") + noMatch(SetKind.SOURCES, "dst,dst,src") + "-j DROP");
        first.add("-j CONNMARK --set-xmark " + marks.onlyOurs());
        for (String pods : PodMatches.of(node.podDetector(), family).matches()) {
            first.add(pods + "-g PTV-POD");
        }
        first.add(Matches.FROM_NODE + "-g PTV-NODE");
        first.add("-g PTV-EXT");
        chain("mangle", "PTV-NEW", first);
        chain("mangle", "PTV-POD", of(Origin.LOCAL_POD));
        chain("mangle", "PTV-NODE", of(Origin.NODE));
        chain("mangle", "PTV-EXT", of(Origin.EXTERNAL));
    }

    private List<String> of(Origin origin) {
        return List.of(
                match(SetKind.drop(origin), "dst,dst") + "-j DROP",
                match(SetKind.masquerade(origin), "dst,dst") + "-j CONNMARK --set-xmark " + marks.masquerade(),
                match(SetKind.mark(origin), "dst,dst") + "-j SET --map-set "
                        + SetKind.mark(origin).name(family) + " dst,dst --map-mark");
    }

    private String refuse() {
        return "-j " + Matches.reject(family);
    }

    private void filter() {
        final List<String> unserved = new ArrayList<>();
        unserved.add(match(SetKind.REJECT, "dst,dst") + refuse());
        unserved.add(match(SetKind.FRONTENDS, "dst,dst") + "-j RETURN");
        // VIPs are addresses of this node, so Pass would expose the node's own sockets.
        unserved.add(match(SetKind.VIPS, "dst")
                + (node.mode().unknownClusterIpPort() instanceof Action.Drop ? "-j DROP" : refuse()));
        for (Cidr range : node.serviceRanges(family)) {
            unserved.add(Matches.destination(range) + "-j DROP");
        }
        chain("filter", "PTV-UNSERVED", unserved);
        final List<String> input = new ArrayList<>();
        input.add(Matches.NEW + "-j PTV-UNSERVED");
        if (node.mode().has(ModeSemantics.Answer.OPENS_HEALTH_PORTS)) {
            input.add("-p tcp -m set --match-set " + SetKind.health(family).name() + " dst -j ACCEPT");
        }
        chain("filter", "PTV-INPUT", input);
        // VIPs are this node's, so packets for one come to INPUT, where senders of datagrams see a rejection, too
        chain("filter", "PTV-OUTPUT", List.of(Matches.NEW + "-m addrtype ! --dst-type LOCAL -j PTV-UNSERVED"));
        final List<String> forward = new ArrayList<>();
        forward.add("-m conntrack --ctstate RELATED,ESTABLISHED -m connmark --mark " + marks.ours() + " -j ACCEPT");
        for (Cidr range : node.serviceRanges(family)) {
            forward.add(Matches.NEW + Matches.destination(range) + "-j DROP");
        }
        chain("filter", "PTV-FORWARD", forward);
    }

    private void nat() {
        chain(
                "nat",
                "PTV-POSTROUTING",
                List.of(
                        "-m connmark --mark " + marks.masquerade() + " -j MASQUERADE --random-fully",
                        "-m connmark --mark " + marks.ours() + " " + HairpinMatch.of(family)
                                + "-j MASQUERADE --random-fully"));
    }
}
