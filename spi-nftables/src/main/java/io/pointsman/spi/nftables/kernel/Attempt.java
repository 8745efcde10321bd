package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import io.pointsman.spi.nftables.render.Entry;
import io.pointsman.spi.nftables.render.OnDemand;
import io.pointsman.spi.nftables.render.Place;
import io.pointsman.spi.nftables.render.RenderedRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Attempt to apply some changes in one transaction. Chains that they need are created in a transaction before it, because a
 * packet in transit would find them empty. Used once.
 */
final class Attempt {
    private final TableState table;
    private final Leftovers leftovers;
    private final ElementDelta delta = new ElementDelta();
    private final List<Taken> taken = new ArrayList<>();
    private final Set<OnDemand> chainsToggled = new LinkedHashSet<>();
    private final Set<String> countersToggled = new LinkedHashSet<>();
    private final Set<Place> claimed = new HashSet<>();
    private int elements;

    /** A step whose references are counted already. */
    private record Taken(ServiceChange.Step step, RenderedRule before, RenderedRule after) {}

    Attempt(TableState table, Leftovers leftovers) {
        this.table = table;
        this.leftovers = leftovers;
    }

    /** Number of elements of the changed rules, before and after. */
    int elements() {
        return elements;
    }

    void add(ServiceChange service) {
        service.steps().forEach(this::add);
    }

    private void add(ServiceChange.Step step) {
        final RenderedRule before = table.render(step.before());
        final RenderedRule after = table.render(step.after());
        elements += before.own().size() + after.own().size();
        List<Entry> there = before.own();
        if (!leftovers.isEmpty()) {
            there = new ArrayList<>(there);
            for (Entry entry : after.own()) {
                claim(entry).ifPresent(there::add);
            }
            claimRanges(step.frontend(), there);
        }
        delta.replace(there, after.own());
        table.shared().replace(before.shared(), after.shared(), this::toggle);
        table.chainsInUse().replace(before.chains(), after.chains(), chainsToggled::add);
        table.counters().replace(before.counters(), after.counters(), countersToggled::add);
        taken.add(new Taken(step, before, after));
    }

    private void toggle(Entry entry) {
        if (!table.shared().contains(entry)) {
            delta.remove(entry);
            return;
        }
        final Optional<Entry> present = claim(entry);
        if (present.isEmpty() || !present.get().element().equals(entry.element())) {
            present.ifPresent(delta::remove);
            delta.add(entry);
        }
    }

    private Optional<Entry> claim(Entry wanted) {
        if (leftovers.isEmpty()) {
            return Optional.empty();
        }
        final Place place = wanted.place();
        final Entry entry = leftovers.at(place);
        return entry == null || !claimed.add(place) ? Optional.empty() : Optional.of(entry);
    }

    private void claimRanges(Frontend frontend, List<Entry> there) {
        for (Entry range : leftovers.rangesOf(frontend)) {
            if (claimed.add(range.place())) {
                there.add(range);
            }
        }
    }

    /**
     * Commits the changes. If it throws, call {@link #undo}.
     *
     * @return number of elements and chains changed
     */
    int commit(Commits kernel, NodePart node) throws IOException {
        final int chains = makeChains(kernel, node);
        final Transaction transaction = new Transaction();
        table.counters().make(transaction, countersToggled);
        delta.write(transaction, table.id(), table.sets());
        table.counters().remove(transaction, countersToggled);
        kernel.commit(transaction);
        table.counters().done(countersToggled);
        leftovers.claimed(claimed);
        final Map<Integer, Set<Bytes>> shrunk = shrunkSessions();
        taken.forEach(each -> table.put(each.step()));
        rest();
        if (!shrunk.isEmpty()) {
            new Bindings(table.id(), table.affinity()).purge(kernel, shrunk, Bindings.Others.STAY);
        }
        return chains + delta.size();
    }

    private int makeChains(Commits kernel, NodePart node) throws IOException {
        final Map<String, List<io.pointsman.linux.nftables.Rule>> rules = new HashMap<>();
        final List<Chain> chains = new ArrayList<>();
        for (OnDemand chain : chainsToggled) {
            if (table.chainsInUse().contains(chain)) {
                rules.put(chain.name(), node.rules(chain));
                chains.add(Chain.regular(chain.name()));
            }
        }
        final Transaction transaction = new Transaction();
        final int changed = table.chains().bring(transaction, chains, rules);
        if (!transaction.isEmpty()) {
            kernel.commit(transaction);
            table.chains().done(chains, rules);
        }
        chains.forEach(chain -> table.retiring().keep(chain.name()));
        return changed;
    }

    private void rest() {
        for (OnDemand chain : chainsToggled) {
            if (!table.chainsInUse().contains(chain) && table.chains().contains(chain.name())) {
                table.retiring().retire(chain.name());
            }
        }
    }

    /**
     * Returns the remaining endpoints of each session that lost some: its clients choose again with their next connection.
     */
    private Map<Integer, Set<Bytes>> shrunkSessions() {
        final List<Rule> before = new ArrayList<>();
        final List<Rule> after = new ArrayList<>();
        for (Taken each : taken) {
            final Rule old = each.step().before();
            final Rule now = each.step().after();
            if (old != null) {
                before.add(old);
            }
            if (now != null) {
                after.add(now);
            }
        }
        final Map<Integer, Set<Bytes>> shrunk = new HashMap<>();
        final Map<Integer, Set<Bytes>> now = table.sessionPools(after);
        table.sessionPools(before).forEach((number, endpoints) -> {
            final Set<Bytes> left = now.getOrDefault(number, Set.of());
            if (!left.containsAll(endpoints)) {
                shrunk.put(number, left);
            }
        });
        return shrunk;
    }

    /** Undoes the reference counting after a failed commit, which changed no element; chains created for it are retired. */
    void undo() {
        for (Taken each : taken.reversed()) {
            final RenderedRule before = each.before();
            final RenderedRule after = each.after();
            table.counters().replace(after.counters(), before.counters(), _ -> {});
            table.shared().replace(after.shared(), before.shared(), _ -> {});
            table.chainsInUse().replace(after.chains(), before.chains(), _ -> {});
        }
        rest();
    }
}
