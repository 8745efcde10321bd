package io.pointsman.linux.route;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.ownership.Kind;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Routes marked packets, whatever their destination, to this host's sockets: a rule sends them to a routing table of ours,
 * in which every address is local.
 *
 * <p>A second rule, in front, is for hosts with {@code src_valid_mark}: to check a packet's source, the kernel there looks
 * for a route back with the packet's mark, and must not find that every address is local. It looks as if for a packet of the
 * host itself, with input interface {@code lo}, which that rule matches.
 *
 * <p>Not thread-safe.
 */
public final class PolicyRouting {
    /** Our rules as kept in the ledger. */
    public static final Kind<OwnRule> RULE = new Kind<>(OwnRule.class, "routing-rule", OwnRule::text, OwnRule::parse);

    /** Our tables as kept in the ledger. */
    public static final Kind<OwnTable> TABLE =
            new Kind<>(OwnTable.class, "routing-table", OwnTable::text, OwnTable::parse);

    private static final String LOOPBACK = "lo";

    private final Numbers numbers;
    private final Ledger ledger;
    private final RouteNetlink netlink;
    private final Set<IpFamily> ready = new HashSet<>();

    /**
     * Numbers of one maker.
     *
     * @param mark bits of the packet mark that select packets, at least one
     * @param table of the routes, 1 to 252 or 256 and up
     * @param rulePriority of the first of two rules, 1 to 32764; the kernel's own are at 0 and 32766
     * @param protocol the maker's number, 1 to 255 ({@code rtm_protocol})
     */
    public record Numbers(int mark, int table, int rulePriority, int protocol) {}

    /** @param ledger that takes kinds {@link #RULE} and {@link #TABLE} */
    public PolicyRouting(Numbers numbers, Ledger ledger, RouteNetlink netlink) {
        this.numbers = numbers;
        this.ledger = ledger;
        this.netlink = netlink;
    }

    /** A rule of ours as kept in the ledger. */
    public record OwnRule(IpFamily family, int priority, int mark, int table, boolean isLoopback) {
        static OwnRule parse(String text) {
            final String[] words = words(text, 5);
            return new OwnRule(
                    IpFamily.valueOf(words[0]),
                    Integer.parseInt(words[1]),
                    Integer.parseUnsignedInt(words[2]),
                    Integer.parseInt(words[3]),
                    words[4].equals(LOOPBACK));
        }

        String text() {
            return family.name() + " " + priority + " " + Integer.toUnsignedString(mark) + " " + table + " "
                    + (isLoopback ? LOOPBACK : "any");
        }

        RoutingRule rule() {
            final RoutingRule rule = RoutingRule.marked(family, priority, new RoutingRule.Mark(mark, mark), table);
            return isLoopback ? rule.fromLink(LOOPBACK) : rule;
        }
    }

    private static String[] words(String text, int count) {
        final String[] words = text.split(" ", -1);
        if (words.length != count) {
            throw new IllegalArgumentException("not " + count + " words: \"" + text + "\"");
        }
        return words;
    }

    /** A table of ours as kept in the ledger. */
    public record OwnTable(IpFamily family, int number) {
        static OwnTable parse(String text) {
            final String[] words = words(text, 2);
            return new OwnTable(IpFamily.valueOf(words[0]), Integer.parseInt(words[1]));
        }

        String text() {
            return family.name() + " " + number;
        }
    }

    private List<OwnRule> wanted(IpFamily family) {
        return List.of(
                new OwnRule(family, numbers.rulePriority(), numbers.mark(), Route.MAIN, true),
                new OwnRule(family, numbers.rulePriority() + 1, numbers.mark(), numbers.table(), false));
    }

    /** Makes the rules and the table that deliver marked packets of a family to this host, unless that was done. */
    public void prepare(IpFamily family) throws IOException {
        if (ready.contains(family)) {
            return;
        }
        final List<OwnRule> wanted = wanted(family);
        removeRules(entry -> entry.family() == family && !wanted.contains(entry), false);
        makeTable(new OwnTable(family, numbers.table()));
        for (OwnRule entry : wanted) {
            makeRule(entry);
        }
        ready.add(family);
    }

    private void makeTable(OwnTable table) throws IOException {
        if (!ownRoutes(table).isEmpty() && ledger.owns(TABLE, table)) {
            return;
        }
        final boolean isNew = !ledger.owns(TABLE, table);
        ledger.enter(TABLE, List.of(table));
        try {
            netlink.addRoute(defaultLocalRoute(table.family(), table.number()));
        } catch (KernelException e) {
            if (isNew) {
                ledger.strike(TABLE, List.of(table));
            }
            if (e.is(Errno.EEXIST)) {
                throw new IOException(
                        "another program has a default route in " + table.family() + " table " + table.number()
                                + ", which is not changed; give another number (setting route-table)",
                        e);
            }
            throw e;
        }
    }

    /** Adds a rule. A rule that existed before still belongs to its maker, and serves us as well. */
    private void makeRule(OwnRule entry) throws IOException {
        final boolean isNew = !ledger.owns(RULE, entry);
        ledger.enter(RULE, List.of(entry));
        try {
            netlink.addRule(entry.rule());
        } catch (KernelException e) {
            if (isNew) {
                ledger.strike(RULE, List.of(entry));
            }
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
        }
    }

    private Route defaultLocalRoute(IpFamily family, int table) throws KernelException {
        return Route.local(Route.everything(family), netlink.linkIndex(LOOPBACK))
                .inTable(table)
                .withProtocol(numbers.protocol());
    }

    /** Returns one sentence for each rule or table that is missing. */
    public List<String> audit() throws KernelException {
        final List<String> findings = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            if (ready.contains(family)) {
                final List<RoutingRule> rules = netlink.rules(family);
                for (OwnRule entry : wanted(family)) {
                    if (!rules.contains(entry.rule())) {
                        findings.add(family + " routing rule " + entry.priority() + " is gone");
                    }
                }
                if (ownRoutes(new OwnTable(family, numbers.table())).isEmpty()) {
                    findings.add(family + " routing table " + numbers.table() + " is empty");
                }
            }
        }
        return findings;
    }

    private List<Route> ownRoutes(OwnTable table) throws KernelException {
        return netlink.routes(table.family()).stream()
                .filter(route -> route.table() == table.number()
                        && route.type() == Route.Type.LOCAL
                        && route.protocol() == numbers.protocol()
                        && route.destination().isEverything())
                .toList();
    }

    /** Makes the next {@link #prepare} check again. */
    public void forget() {
        ready.clear();
    }

    /** Removes all that is in the ledger; returns a line for each object that existed. */
    public List<String> remove(boolean dryRun) throws IOException {
        final List<String> removed = removeRules(_ -> true, dryRun);
        for (OwnTable table : ledger.owned(TABLE)) {
            for (Route route : ownRoutes(table)) {
                removed.add("route local " + route.destination() + " in table " + table.number());
                if (!dryRun) {
                    netlink.deleteRoute(route);
                }
            }
            if (!dryRun) {
                ledger.strike(TABLE, List.of(table));
            }
        }
        if (!dryRun) {
            ready.clear();
        }
        return removed;
    }

    private List<String> removeRules(Predicate<OwnRule> which, boolean dryRun) throws IOException {
        final List<String> removed = new ArrayList<>();
        for (OwnRule entry : ledger.owned(RULE)) {
            if (!which.test(entry)) {
                continue;
            }
            final boolean isThere = netlink.rules(entry.family()).contains(entry.rule());
            if (isThere) {
                removed.add(entry.family() + " routing rule " + entry.priority() + ": mark 0x"
                        + Integer.toHexString(entry.mark()) + " to table " + entry.table());
            }
            if (!dryRun) {
                if (isThere) {
                    netlink.deleteRule(entry.rule());
                }
                ledger.strike(RULE, List.of(entry));
            }
        }
        return removed;
    }
}
