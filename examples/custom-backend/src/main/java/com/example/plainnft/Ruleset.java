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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Renders a plan as the text of one nft transaction, with one table for each family. Only numbers and addresses of the
 * plan go into it, and an interface's name after a check, so that no text from outside can be taken for syntax.
 *
 * <p>A connection's first packet finds its rule's chain by a verdict map; connection tracking keeps the decision of that
 * chain.
 *
 * <p>The transaction changes the content of chains, sets and maps, and deletes none that a packet may be passing through.
 * The kernel replaces contents at one moment, but registers a new base chain before that moment and removes the old one
 * after it: a packet in between matches the rules of neither, and connection tracking remembers that nothing was decided.
 * For the same reason a rule's chain has the rule's name, not a number that another rule gets later.
 *
 * <p>A packet is handled by the rules that were in force when it came, but looks up maps in their current state. If a
 * rule is replaced while a packet passes through it, the packet finds the rule's map empty. The packet is dropped, and
 * its client sends it again; if accepted, it would be tracked without translation.
 */
final class Ruleset {
    /** This backend's tables, with family and name. */
    static final List<String> TABLES = List.of("ip plain-nft", "ip6 plain-nft");

    private static final String MASQUERADE = "0x2000"; // one bit of the packet's mark; the others are not changed
    private static final Pattern CHAIN = Pattern.compile("(?m)^\\s*chain (\\S+) \\{");
    private static final String HASH_SEED = "0x706c6169"; // fixed, so that a client keeps its endpoint

    private final ForwardingPlan plan;
    private final IpFamily family;
    private final String ip;
    private final StringBuilder declared = new StringBuilder();
    private final StringBuilder filled = new StringBuilder();

    private Ruleset(ForwardingPlan plan, IpFamily family) {
        this.plan = plan;
        this.family = family;
        this.ip = family == IpFamily.IPV4 ? "ip" : "ip6";
    }

    /** Renders a plan; plans with equal content give equal text. */
    static String of(ForwardingPlan plan) {
        return new Ruleset(plan, IpFamily.IPV4).render() + new Ruleset(plan, IpFamily.IPV6).render();
    }

    /** Returns commands that delete the chains of a listed table that the text does not have. */
    static String withoutOtherChains(String table, String listing, String text) {
        return CHAIN.matcher(listing)
                .results()
                .map(chain -> chain.group(1))
                .filter(chain -> !text.contains("chain " + chain + " {"))
                .map(chain -> "delete chain " + table + " " + chain + "\n")
                .collect(Collectors.joining());
    }

    private String render() {
        final TreeMap<String, Rule> chains = new TreeMap<>();
        final TreeSet<String> frontends = new TreeSet<>();
        final TreeSet<String> nodePorts = new TreeSet<>();
        for (Rule rule : plan.rules().values()) {
            final Frontend frontend = rule.frontend();
            if (frontend.family() == family) {
                final String chain = chainName(frontend);
                final String port = word(frontend) + " . " + frontend.port() + " : goto " + chain;
                if (frontend.isNodePort()) {
                    nodePorts.add(port);
                } else {
                    frontends.add(frontend.vip() + " . " + port);
                }
                chains.put(chain, rule);
            }
        }
        final String address = "type " + type();
        elements("set node", address + "; flags interval", nodeAddresses());
        elements("set node-port-addresses", address, own(plan.node().nodePortAddresses()));
        elements("set hairpins", address + " . " + type(), hairpins(chains.values()));
        chains.forEach((name, rule) -> chain(name, "", rules(rule)));
        elements("map frontends", address + " . inet_proto . inet_service : verdict", frontends);
        elements("map node-ports", "type inet_proto . inet_service : verdict", nodePorts);
        chain(
                "dispatch",
                "",
                List.of(
                        ip + " daddr . meta l4proto . th dport vmap @frontends",
                        ip + " daddr @node-port-addresses meta l4proto . th dport vmap @node-ports"));
        chain("prerouting", "type nat hook prerouting priority -100", List.of("jump dispatch"));
        chain("output", "type nat hook output priority -100", List.of("jump dispatch"));
        chain(
                "postrouting",
                "type nat hook postrouting priority 100",
                List.of(
                        "meta mark & " + MASQUERADE + " == " + MASQUERADE + " masquerade fully-random",
                        "ct status dnat " + ip + " saddr . " + ip + " daddr @hairpins masquerade fully-random"));
        final String table = TABLES.get(family.ordinal());
        return "table " + table + " {\n" + declared + "}\nflush table " + table + "\n" + filled;
    }

    private static String chainName(Frontend frontend) {
        final String vip = frontend.isNodePort()
                ? "node-port-" + frontend.family().ordinal()
                : frontend.vip().toString().replace(':', '_');
        return "rule-" + vip + "-" + word(frontend) + "-" + frontend.port();
    }

    /** Declares a set or map, which changes nothing if it exists, and fills it. */
    private void elements(String name, String properties, Collection<String> elements) {
        declared.append(name).append(" { ").append(properties).append("; }\n");
        final String[] words = name.split(" ", 2);
        final String object = TABLES.get(family.ordinal()) + " " + words[1];
        filled.append("flush ").append(words[0]).append(' ').append(object).append('\n');
        if (!elements.isEmpty()) {
            filled.append("add element ").append(object).append(" { ");
            filled.append(String.join(", ", elements)).append(" }\n");
        }
    }

    /** Declares a chain and fills it with rules. */
    private void chain(String name, String hook, List<String> rules) {
        declared.append("chain ").append(name).append(" {").append(hook.isEmpty() ? "" : " " + hook + "; ");
        declared.append("}\n");
        for (String rule : rules) {
            filled.append("add rule ").append(TABLES.get(family.ordinal())).append(' ');
            filled.append(name).append(' ').append(rule).append('\n');
        }
    }

    private String type() {
        return family == IpFamily.IPV4 ? "ipv4_addr" : "ipv6_addr";
    }

    private static String word(Frontend frontend) {
        return frontend.protocol().name().toLowerCase(Locale.ROOT);
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

    /**
     * Returns a rule's statements: first the allowed sources, then the action for local pods, the node itself and other
     * clients.
     */
    private List<String> rules(Rule rule) {
        final List<String> rules = new ArrayList<>();
        if (!rule.allowedSources().isEmpty()) {
            final String allowed = ranges(rule.allowedSources());
            rules.add(allowed.isEmpty() ? "drop" : ip + " saddr != " + allowed + " drop");
        }
        podMatch().ifPresent(match -> rules.addAll(decision(match, rule, rule.fromLocalPod())));
        rules.addAll(decision(ip + " saddr @node ", rule, rule.fromNode()));
        rules.addAll(decision("", rule, rule.fromExternal()));
        return rules;
    }

    /**
     * Returns the statements of an action; a drop after the choice of an endpoint applies only to packets that found
     * none.
     */
    private static List<String> decision(String match, Rule rule, Action action) {
        final String decided = match + action(rule, action);
        return decided.contains(" map { ") ? List.of(decided, match + "drop") : List.of(decided);
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

    /** Returns the ranges of this table's family as an anonymous set; empty text if there are none. */
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

    /**
     * Returns the expression that selects an endpoint. Balancing that nft does not support is random, which the backend
     * reports.
     */
    private static String pick(Balancing balancing, IpFamily family) {
        return switch (balancing) {
            case ROUND_ROBIN -> "numgen inc mod %d";
            case SOURCE_HASH, MAGLEV ->
                "jhash " + (family == IpFamily.IPV4 ? "ip" : "ip6") + " saddr mod %d seed " + HASH_SEED;
            case RANDOM, WEIGHTED, LEAST_CONNECTIONS -> "numgen random mod %d";
        };
    }
}
