package com.example.plainnft;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A plan as the text of one nft transaction: for each family one table, made anew. Only numbers and addresses of the plan go
 * into it, and an interface's name after a check, so nothing from outside can be taken for syntax.
 *
 * <p>A connection's first packet finds its rule's chain by a verdict map; what that chain decides, connection tracking keeps.
 */
final class Ruleset {
    /** Our tables, family and name. */
    static final List<String> TABLES = List.of("ip plain-nft", "ip6 plain-nft");

    private static final String MASQUERADE = "0x2000"; // one bit of the packet's mark; the others are left alone
    private static final String HASH_SEED = "0x706c6169"; // fixed, so that the same client stays where it is

    private final ForwardingPlan plan;
    private final IpFamily family;
    private final String ip;
    private final StringBuilder text = new StringBuilder();

    private Ruleset(ForwardingPlan plan, IpFamily family) {
        this.plan = plan;
        this.family = family;
        this.ip = family == IpFamily.IPV4 ? "ip" : "ip6";
    }

    /** Two plans that say the same give the same text. */
    static String of(ForwardingPlan plan) {
        return new Ruleset(plan, IpFamily.IPV4).render() + new Ruleset(plan, IpFamily.IPV6).render();
    }

    private String render() {
        final String table = TABLES.get(family.ordinal());
        line("table " + table); // so that there is one to delete
        line("delete table " + table);
        line("table " + table + " {");
        final Map<Frontend, Rule> rules = new TreeMap<>();
        plan.rules().forEach((frontend, rule) -> {
            if (frontend.family() == family) {
                rules.put(frontend, rule);
            }
        });
        line("set node { type " + type() + "; flags interval; " + elements(nodeAddresses()) + "}");
        line("set node-port-addresses { type " + type() + "; "
                + elements(own(plan.node().nodePortAddresses())) + "}");
        line("set hairpins { type " + type() + " . " + type() + "; " + elements(hairpins(rules.values())) + "}");
        int number = 0;
        final TreeSet<String> frontends = new TreeSet<>();
        final TreeSet<String> nodePorts = new TreeSet<>();
        for (Rule rule : rules.values()) {
            final String chain = "rule-" + number++;
            final Frontend frontend = rule.frontend();
            final String port = word(frontend) + " . " + frontend.port() + " : goto " + chain;
            if (frontend.isNodePort()) {
                nodePorts.add(port);
            } else {
                frontends.add(frontend.vip() + " . " + port);
            }
            chain(chain, rule);
        }
        line("map frontends { type " + type() + " . inet_proto . inet_service : verdict; " + elements(frontends) + "}");
        line("map node-ports { type inet_proto . inet_service : verdict; " + elements(nodePorts) + "}");
        line("chain dispatch {");
        line(ip + " daddr . meta l4proto . th dport vmap @frontends");
        line(ip + " daddr @node-port-addresses meta l4proto . th dport vmap @node-ports");
        line("}");
        line("chain prerouting { type nat hook prerouting priority -100; jump dispatch; }");
        line("chain output { type nat hook output priority -100; jump dispatch; }");
        line("chain postrouting { type nat hook postrouting priority 100;");
        line("meta mark & " + MASQUERADE + " == " + MASQUERADE + " masquerade fully-random");
        line("ct status dnat " + ip + " saddr . " + ip + " daddr @hairpins masquerade fully-random");
        line("}");
        line("}");
        return text.toString();
    }

    private void line(String line) {
        text.append(line).append('\n');
    }

    private String type() {
        return family == IpFamily.IPV4 ? "ipv4_addr" : "ipv6_addr";
    }

    private static String word(Frontend frontend) {
        return frontend.protocol().name().toLowerCase(Locale.ROOT);
    }

    private static String elements(Collection<String> elements) {
        return elements.isEmpty() ? "" : "elements = { " + String.join(", ", elements) + " } ";
    }

    private TreeSet<String> own(Collection<IpAddress> addresses) {
        final TreeSet<String> own = new TreeSet<>();
        addresses.stream()
                .filter(address -> address.family() == family && !address.isLoopback())
                .forEach(address -> own.add(address.toString()));
        return own;
    }

    private TreeSet<String> nodeAddresses() {
        final TreeSet<String> addresses = own(plan.node().addresses());
        addresses.add(family == IpFamily.IPV4 ? "127.0.0.0/8" : "::1");
        return addresses;
    }

    private static TreeSet<String> hairpins(Collection<Rule> rules) {
        final TreeSet<String> pairs = new TreeSet<>();
        for (Rule rule : rules) {
            for (EndpointPool pool : rule.pools()) {
                pool.endpoints().forEach(endpoint -> pairs.add(endpoint.address() + " . " + endpoint.address()));
            }
        }
        return pairs;
    }

    /** First who may, then what for whom: a pod, the node itself, anybody else. */
    private void chain(String name, Rule rule) {
        line("chain " + name + " {");
        if (!rule.allowedSources().isEmpty()) {
            final String allowed = ranges(rule.allowedSources());
            line(allowed.isEmpty() ? "drop" : ip + " saddr != " + allowed + " drop");
        }
        podMatch().ifPresent(match -> line(match + action(rule, rule.fromLocalPod())));
        line(ip + " saddr @node " + action(rule, rule.fromNode()));
        line(action(rule, rule.fromExternal()));
        line("}");
    }

    private Optional<String> podMatch() {
        return switch (plan.node().podDetector()) {
            case PodDetector.ByCidr(List<Cidr> pods) -> {
                final String ranges = ranges(pods);
                yield ranges.isEmpty() ? Optional.empty() : Optional.of(ip + " saddr " + ranges + " ");
            }
            case PodDetector.ByInterface(String name, boolean isPrefix) -> {
                if (!name.matches("[A-Za-z0-9._-]{1,15}")) {
                    throw new IllegalArgumentException("pods' interface \"" + name + "\" can't be written as a rule");
                }
                yield Optional.of("iifname \"" + name + (isPrefix ? "*" : "") + "\" ");
            }
            case PodDetector.Unknown() -> Optional.empty();
        };
    }

    /** Of our family, as a set; empty text when there is none. */
    private String ranges(List<Cidr> ranges) {
        final TreeSet<String> own = new TreeSet<>();
        ranges.stream().filter(range -> range.family() == family).forEach(range -> own.add(range.toString()));
        return own.isEmpty() ? "" : "{ " + String.join(", ", own) + " }";
    }

    private static String action(Rule rule, Action action) {
        return switch (action) {
            case Action.Drop() -> "drop";
            case Action.Reject() -> "reject";
            case Action.Pass() -> "accept";
            case Action.Forward(EndpointPool pool, boolean masquerade) -> {
                final PoolEndpoint[] taking = pool.endpoints().stream()
                        .filter(endpoint -> endpoint.weight() > 0)
                        .toArray(PoolEndpoint[]::new);
                yield taking.length == 0
                        ? "reject"
                        : "meta l4proto " + word(rule.frontend())
                                + (masquerade ? " meta mark set meta mark | " + MASQUERADE : "")
                                + " dnat to " + target(rule, taking);
            }
        };
    }

    private static String target(Rule rule, PoolEndpoint[] endpoints) {
        if (endpoints.length == 1) {
            return endpoints[0].toString();
        }
        final StringJoiner map = new StringJoiner(", ", " map { ", " }");
        for (int i = 0; i < endpoints.length; i++) {
            map.add(i + " : " + endpoints[i].address() + " . " + endpoints[i].port());
        }
        return pick(rule.balancing(), rule.frontend().family()).formatted(endpoints.length) + map;
    }

    /** Balancing that nft can't do is random; the backend reports it. */
    private static String pick(Balancing balancing, IpFamily family) {
        return switch (balancing) {
            case ROUND_ROBIN -> "numgen inc mod %d";
            case SOURCE_HASH, MAGLEV ->
                "jhash " + (family == IpFamily.IPV4 ? "ip" : "ip6") + " saddr mod %d seed " + HASH_SEED;
            case RANDOM, WEIGHTED, LEAST_CONNECTIONS -> "numgen random mod %d";
        };
    }
}
