package io.pointsman.spi.userspace;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.route.Route;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.route.RoutingRule;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Leads marked packets, whatever their destination, to this host's sockets: a rule that sends them to a table of ours, in
 * which everything is local.
 *
 * <p>A second rule, in front, is for hosts with {@code src_valid_mark}: checking a packet's source, the kernel then looks
 * for a route back with the packet's mark, and must not find that everything is local. It does so as if for a packet of
 * its own, which come in by {@code lo}.
 *
 * <p>Not thread-safe.
 */
final class PolicyRouting {
    private static final String LEDGER_RULE = "routing-rule";
    private static final String LEDGER_TABLE = "routing-table";
    private static final String LOOPBACK = "lo";

    private final KernelSettings settings;
    private final Ledger ledger;
    private final RouteNetlink netlink;
    private final Set<IpFamily> ready = new HashSet<>();

    PolicyRouting(KernelSettings settings, Ledger ledger, RouteNetlink netlink) {
        this.settings = settings;
        this.ledger = ledger;
        this.netlink = netlink;
    }

    /** One of our rules, as the ledger has it. */
    private record Entry(IpFamily family, int priority, int mark, int table, boolean isLoopback) {
        static Entry parse(String text) throws IOException {
            final String[] words = text.split(" ", -1);
            try {
                return new Entry(
                        IpFamily.valueOf(words[0]),
                        Integer.parseInt(words[1]),
                        Integer.parseUnsignedInt(words[2]),
                        Integer.parseInt(words[3]),
                        words[4].equals(LOOPBACK));
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                throw new IOException("the ledger's routing rule \"" + text + "\" can't be read", e);
            }
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

    private List<Entry> wanted(IpFamily family) {
        return List.of(
                new Entry(family, settings.rulePriority(), settings.mark(), Route.MAIN, true),
                new Entry(family, settings.rulePriority() + 1, settings.mark(), settings.routeTable(), false));
    }

    /** Sees to it that marked packets of a family come here. */
    void prepare(IpFamily family) throws IOException {
        if (ready.contains(family)) {
            return;
        }
        final List<Entry> wanted = wanted(family);
        removeRules(entry -> entry.family() == family && !wanted.contains(entry), false);
        ledger.enter(LEDGER_TABLE, family.name() + " " + settings.routeTable());
        netlink.replaceRoute(everythingLocal(family, settings.routeTable()));
        for (Entry entry : wanted) {
            ledger.enter(LEDGER_RULE, entry.text());
            try {
                netlink.addRule(entry.rule());
            } catch (KernelException e) {
                if (!e.is(Errno.EEXIST)) {
                    throw e;
                }
            }
        }
        ready.add(family);
    }

    private Route everythingLocal(IpFamily family, int table) throws KernelException {
        return Route.local(Route.everything(family), netlink.linkIndex(LOOPBACK))
                .inTable(table);
    }

    /** One sentence for each thing that should be there and is not. */
    List<String> audit() throws KernelException {
        final List<String> findings = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            if (ready.contains(family)) {
                final List<RoutingRule> rules = netlink.rules(family);
                for (Entry entry : wanted(family)) {
                    if (rules.stream().noneMatch(rule -> isSame(rule, entry.rule()))) {
                        findings.add(family + " routing rule " + entry.priority() + " is gone");
                    }
                }
                if (routesIn(family, settings.routeTable()).isEmpty()) {
                    findings.add(family + " routing table " + settings.routeTable() + " is empty");
                }
            }
        }
        return findings;
    }

    private static boolean isSame(RoutingRule one, RoutingRule other) {
        return one.priority() == other.priority()
                && one.table() == other.table()
                && Objects.equals(one.mark(), other.mark())
                && Objects.equals(one.inputLink(), other.inputLink());
    }

    private List<Route> routesIn(IpFamily family, int table) throws KernelException {
        return netlink.routes(family).stream()
                .filter(route -> route.table() == table && route.type() == Route.Type.LOCAL)
                .toList();
    }

    /** The next {@link #prepare} makes sure anew. */
    void forget() {
        ready.clear();
    }

    /** Removes all that the ledger knows; returns a line for each thing that was there. */
    List<String> remove(boolean dryRun) throws IOException {
        final List<String> removed = removeRules(_ -> true, dryRun);
        for (String text : ledger.entries(LEDGER_TABLE)) {
            final String[] words = text.split(" ", -1);
            final IpFamily family = IpFamily.valueOf(words[0]);
            final int table = Integer.parseInt(words[1]);
            for (Route route : routesIn(family, table)) {
                if (route.destination().isEverything()) {
                    removed.add("route local " + route.destination() + " in table " + table);
                    if (!dryRun) {
                        netlink.deleteRoute(everythingLocal(family, table));
                    }
                }
            }
            if (!dryRun) {
                ledger.strike(LEDGER_TABLE, text);
            }
        }
        if (!dryRun) {
            ready.clear();
        }
        return removed;
    }

    private List<String> removeRules(Predicate<Entry> which, boolean dryRun) throws IOException {
        final List<String> removed = new ArrayList<>();
        for (String text : ledger.entries(LEDGER_RULE)) {
            final Entry entry = Entry.parse(text);
            if (!which.test(entry)) {
                continue;
            }
            final Optional<RoutingRule> there = netlink.rules(entry.family()).stream()
                    .filter(rule -> isSame(rule, entry.rule()))
                    .findFirst();
            there.ifPresent(rule -> removed.add(entry.family() + " routing rule " + rule.priority() + ": mark 0x"
                    + Integer.toHexString(entry.mark()) + " to table " + rule.table()));
            if (!dryRun) {
                if (there.isPresent()) {
                    netlink.deleteRule(entry.rule());
                }
                ledger.strike(LEDGER_RULE, text);
            }
        }
        return removed;
    }
}
