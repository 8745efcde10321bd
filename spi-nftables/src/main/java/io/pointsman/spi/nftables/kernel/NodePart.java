package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.plan.NodeFacts;
import io.pointsman.spi.nftables.render.Entry;
import io.pointsman.spi.nftables.render.Guard;
import io.pointsman.spi.nftables.render.Layout;
import io.pointsman.spi.nftables.render.NodeRules;
import io.pointsman.spi.nftables.render.OnDemand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The part of a table that follows from the node: its chains, and the addresses that serve node ports. */
record NodePart(TableState table, NodeFacts node) {
    /** The permanent chains and these. */
    List<Chain> chains(Collection<OnDemand> others) {
        final List<Chain> all = new ArrayList<>(table.permanent());
        others.forEach(chain -> all.add(Chain.regular(chain.name())));
        return all;
    }

    /** Rules of the permanent chains and of these, by chain. */
    Map<String, List<Rule>> rules(Collection<OnDemand> others) {
        final Map<String, List<Rule>> rules = ChainStore.byChain(NodeRules.of(table.family(), node, table.options()));
        others.forEach(chain -> rules.put(chain.name(), rules(chain)));
        return rules;
    }

    List<Rule> rules(OnDemand chain) {
        return chain.rules(table.family(), node, table.options());
    }

    /** The chains, and that which is there while a table is replaced. */
    List<Chain> guarded(List<Chain> chains) {
        final List<Chain> all = new ArrayList<>(chains);
        all.add(Guard.chain());
        return all;
    }

    /** The rules, behind those that are there while a table is replaced. */
    Map<String, List<Rule>> guarded(Map<String, List<Rule>> rules) {
        final Map<String, List<Rule>> all = new HashMap<>(rules);
        ChainStore.byChain(Guard.rules(table.family(), node, table.options()))
                .forEach((chain, guard) -> all.merge(chain, guard, (regular, first) -> {
                    final List<Rule> both = new ArrayList<>(first);
                    both.addAll(regular);
                    return both;
                }));
        return all;
    }

    /** Removes what guarded the table while it was replaced. */
    void liftGuard(Commits kernel) throws IOException {
        final Set<OnDemand> inUse = table.chainsInUse().all();
        final List<Chain> all = chains(inUse);
        final Map<String, List<Rule>> rules = rules(inUse);
        final Transaction transaction = new Transaction();
        table.chains().bring(transaction, all, rules);
        final List<String> gone = List.of(Guard.chain().name());
        table.chains().remove(transaction, gone);
        Guard.sets(table.family()).forEach(set -> transaction.deleteSet(table.id(), set.name()));
        kernel.commit(transaction);
        table.chains().done(all, rules);
        table.chains().removed(gone);
    }

    Set<Entry> entries() {
        final Set<Entry> entries = new HashSet<>();
        NodeRules.nodePortAddresses(table.family(), node)
                .forEach(element -> entries.add(new Entry(Layout.NODE_PORT_ADDRESSES, element)));
        return entries;
    }

    /**
     * Writes this part, in one transaction with {@code transaction} first.
     *
     * @return number of elements and chains changed
     */
    int write(Commits kernel, Transaction transaction) throws IOException {
        final Set<OnDemand> inUse = table.chainsInUse().all();
        final List<Chain> all = chains(inUse);
        final Map<String, List<Rule>> rules = rules(inUse);
        final int changedChains = table.chains().bring(transaction, all, rules);
        final Set<Entry> entries = entries();
        final ElementDelta delta = new ElementDelta();
        delta.replace(List.copyOf(table.nodeEntries()), List.copyOf(entries));
        delta.write(transaction, table.id(), table.sets());
        kernel.commit(transaction);
        table.chains().done(all, rules);
        table.nodeEntries(entries);
        return changedChains + delta.size();
    }
}
