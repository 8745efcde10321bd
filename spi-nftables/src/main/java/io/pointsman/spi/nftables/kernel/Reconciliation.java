package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.NamedCounter;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Rule;
import io.pointsman.spi.nftables.render.Entry;
import io.pointsman.spi.nftables.render.Guard;
import io.pointsman.spi.nftables.render.Layout;
import io.pointsman.spi.nftables.render.OnDemand;
import io.pointsman.spi.nftables.render.Place;
import io.pointsman.spi.nftables.render.RenderedRule;
import io.pointsman.spi.nftables.render.RuleRenderer;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes a table match a plan, whatever its content; leaves matching parts untouched. Used once. */
final class Reconciliation {
    /** Longer than a packet is on its way through all rules, also on a thread that waits for a processor. */
    private static final int GUARD_MILLIS = 200;

    private final Commits kernel;
    private final TableState table;
    private final NodePart node;
    private final List<Rule> rules;
    private Leftovers leftovers = Leftovers.NONE;

    Reconciliation(Commits kernel, TableState table, ForwardingPlan plan) {
        this.kernel = kernel;
        this.table = table;
        this.node = new NodePart(table, plan.node());
        this.rules = plan.rules().values().stream()
                .filter(rule -> rule.frontend().family() == table.family())
                .toList();
    }

    /** Treatment of a refusal that occurs while other programs write, too. */
    enum Contention {
        /** The refusal is thrown, so that the table is read again. */
        READ_AGAIN,
        /** The refused rules are left out. */
        GO_ON
    }

    /**
     * Reads the table and writes what differs.
     *
     * @return number of elements and chains changed
     */
    int run(Contention contention) throws IOException {
        final int foreign = kernel.foreign();
        final TableImage image = TableImage.read(kernel.kernel(), table.id());
        final boolean fits = fits(image);
        table.adopt(fits ? image.rules() : Map.of());
        int changes = 0;
        if (fits) {
            final List<Rule> rest = image.table().isPresent() ? settle(image) : rules;
            changes += node.write(kernel, opening(image, true));
            final ServiceWriter.Blame blame = _ -> contention == Contention.GO_ON || kernel.foreign() == foreign;
            changes += new ServiceWriter(kernel, table, node, leftovers, blame).write(ServiceChange.group(steps(rest)));
        } else {
            changes += writeAtOnce(opening(image, false));
        }
        changes += removeUnclaimed();
        new Bindings(table.id(), table.affinity())
                .purge(kernel, table.sessionPools(table.written().values()), Bindings.Others.GO);
        return changes;
    }

    private boolean fits(TableImage image) {
        final boolean persists = table.options().flags().contains(Table.Flag.PERSIST);
        return image.fits(table.sets().values(), table.permanent())
                && image.table()
                        .filter(found -> found.flags().contains(Table.Flag.PERSIST) != persists)
                        .isEmpty();
    }

    private Transaction opening(TableImage image, boolean fits) {
        final Transaction opening = new Transaction();
        if (!fits) {
            opening.deleteTable(table.id());
        }
        opening.add(Table.of(table.id())
                .commented(Layout.COMMENT)
                .flagged(table.options().flags()));
        for (NamedSet set : table.sets().values()) {
            if (!fits || !image.setNames().contains(set.name())) {
                opening.add(table.id(), set);
            }
        }
        Layout.flowtable(table.options())
                .filter(flowtable -> !fits || !image.flowtables().contains(flowtable.name()))
                .ifPresent(flowtable -> opening.add(table.id(), flowtable));
        // A table with owner flags is always declared again: that fails if another program owns it.
        if (image.table().isPresent()
                && fits
                && opening.size() == 1
                && table.options().flags().isEmpty()) {
            opening.clear(); // all of it exists
        }
        return opening;
    }

    /** Adopts rules that the table has; returns those that are missing or differ. */
    private List<Rule> settle(TableImage image) throws IOException {
        adoptSessions(image);
        final Standing standing = new Standing();
        rules.forEach(rule -> standing.expect(rule, table.render(rule)));
        for (NamedSet set : table.sets().values()) {
            if (image.has(set) && !set.flags().contains(NamedSet.Flag.DYNAMIC)) {
                standing.read(kernel.kernel(), table.id(), set);
            }
        }
        final List<Rule> rest = standing.settle(table);
        findCounters(image);
        final Map<Place, Entry> others = standing.others();
        final Set<Entry> ofNode = new HashSet<>();
        others.values().removeIf(entry -> entry.set().equals(Layout.NODE_PORT_ADDRESSES) && ofNode.add(entry));
        table.nodeEntries(ofNode);
        leftovers = new Leftovers(others, Layout.addressBytes(table.family()));
        return rest;
    }

    /**
     * Records existing counters. Those that elements refer to exist; because listing all is slow, the kernel is first asked
     * whether there are more.
     */
    private void findCounters(TableImage image) throws IOException {
        final Set<String> known = Set.copyOf(table.counters().used());
        table.counters().found(known);
        if (kernel.kernel().members(table.id())
                != image.chains().size()
                        + image.setNames().size()
                        + image.flowtables().size()
                        + known.size()) {
            table.counters()
                    .found(kernel.kernel().counters(table.id()).stream()
                            .map(NamedCounter::name)
                            .toList());
        }
    }

    /**
     * Keeps the numbers of existing sessions, by which clients are bound. Elements contain these numbers, so this precedes
     * rendering.
     */
    private void adoptSessions(TableImage image) throws IOException {
        final Map<Place, Element> numbers = new HashMap<>();
        if (rules.stream().noneMatch(rule -> rule.affinity().isPresent())) {
            return;
        }
        for (NamedSet set : table.sets().values()) {
            if (Layout.isOfSessions(set.name()) && image.has(set)) {
                for (Element element : kernel.kernel().elements(table.id(), set)) {
                    numbers.put(new Entry(set.name(), element).place(), element);
                }
            }
        }
        for (Rule rule : rules) {
            RuleRenderer.sessionPlaces(rule).forEach((session, place) -> {
                final Element element = numbers.get(place);
                if (element != null) {
                    element.value().ifPresent(number -> table.sessions().adopt(session, number.host32At(0)));
                }
            });
        }
    }

    private static List<ServiceChange.Step> steps(List<Rule> rules) {
        return rules.stream()
                .map(rule -> new ServiceChange.Step(rule.frontend(), null, rule))
                .toList();
    }

    /**
     * Writes all into one transaction: what is there is of another shape and can't be changed bit by bit. A packet between the
     * new chain, before the transaction, and the old one, behind it, meets the rules of neither: it is dropped.
     */
    private int writeAtOnce(Transaction opening) throws IOException {
        final Map<String, NamedSet> sets = new HashMap<>(table.sets());
        for (NamedSet set : Guard.sets(table.family())) {
            opening.add(table.id(), set);
            sets.put(set.name(), set);
        }
        final ElementDelta delta = new ElementDelta();
        final Map<OnDemand, Boolean> needed = new LinkedHashMap<>();
        for (Rule rule : rules) {
            final RenderedRule rendered = table.render(rule);
            delta.replace(List.of(), rendered.own());
            rendered.own().forEach(entry -> Guard.of(entry).ifPresent(delta::add));
            table.shared().replace(Set.of(), rendered.shared(), delta::add);
            table.chainsInUse().replace(Set.of(), rendered.chains(), chain -> needed.put(chain, true));
            table.counters().replace(Set.of(), rendered.counters(), _ -> {});
        }
        final List<Chain> chains = node.guarded(node.chains(needed.keySet()));
        final Map<String, List<io.pointsman.linux.nftables.Rule>> chainRules =
                node.guarded(node.rules(needed.keySet()));
        final int changedChains = table.chains().bring(opening, chains, chainRules);
        table.nodeEntries(node.entries());
        table.nodeEntries().forEach(delta::add);
        table.counters().make(opening, table.counters().used());
        delta.write(opening, table.id(), sets);
        kernel.commit(opening);
        table.counters().done(table.counters().used());
        table.chains().done(chains, chainRules);
        steps(rules).forEach(table::put);
        pause();
        node.liftGuard(kernel);
        return changedChains + delta.size();
    }

    /** Waits until packets that saw the old table have left the node. */
    private static void pause() {
        try {
            Thread.sleep(GUARD_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the guard ends earlier
        }
    }

    /** Removes what an earlier run left and this plan does not have: what leads there first. */
    private int removeUnclaimed() throws IOException {
        int changes = 0;
        final Set<Bytes> kept = new HashSet<>();
        table.refused().keySet().forEach(frontend -> kept.add(Layout.key(frontend)));
        final List<Entry> unclaimed = leftovers.unclaimed(kept);
        for (int from = 0; from < unclaimed.size(); from += ServiceWriter.BATCH_ELEMENTS) {
            final ElementDelta delta = new ElementDelta();
            unclaimed
                    .subList(from, Math.min(unclaimed.size(), from + ServiceWriter.BATCH_ELEMENTS))
                    .forEach(delta::remove);
            final Transaction transaction = new Transaction();
            delta.write(transaction, table.id(), table.sets());
            kernel.commit(transaction);
            changes += delta.size();
        }
        final Set<String> chains = new HashSet<>();
        node.chains(table.chainsInUse().all()).forEach(chain -> chains.add(chain.name()));
        for (String chain : table.chains().all().keySet()) {
            if (!chains.contains(chain)) {
                table.retiring().retire(chain);
            }
        }
        return changes + removeCounters(kept);
    }

    /** Removes counters that no rule uses, except those that elements of refused rules may refer to. */
    private int removeCounters(Set<Bytes> kept) throws IOException {
        final Set<String> gone = table.counters().unused();
        if (!kept.isEmpty()) {
            leftovers.all().forEach(entry -> entry.element().counter().ifPresent(gone::remove));
        }
        final Transaction transaction = new Transaction();
        table.counters().remove(transaction, gone);
        kernel.commit(transaction);
        table.counters().done(gone);
        return gone.size();
    }
}
