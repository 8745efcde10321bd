package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.TableId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A table as it was read, without the elements of its sets and without its counters.
 *
 * @param table empty if there is none of that name
 * @param setNames names of all sets, including those that can't be read
 * @param rules by chain; chains without rules included
 * @param flowtables names of the flowtables
 */
record TableImage(
        Optional<Table> table,
        Map<String, Chain> chains,
        Set<String> setNames,
        Map<String, NamedSet> sets,
        Map<String, List<Rule>> rules,
        Set<String> flowtables) {
    /** Prefix of the kernel's names for sets that are part of a rule. */
    private static final String ANONYMOUS = "__";

    /** Reads a table, without the elements of its sets and without its counters. */
    static TableImage read(NfTables kernel, TableId id) throws IOException {
        final Optional<Table> table =
                kernel.tables().stream().filter(each -> each.id().equals(id)).findFirst();
        final TableImage image = new TableImage(
                table, new LinkedHashMap<>(), new HashSet<>(), new HashMap<>(), new HashMap<>(), new HashSet<>());
        if (table.isEmpty()) {
            return image;
        }
        for (Chain chain : kernel.chains(id)) {
            image.chains.put(chain.name(), chain);
            image.rules.put(chain.name(), new ArrayList<>());
        }
        for (Rule rule : kernel.rules(id)) {
            image.rules.computeIfAbsent(rule.chain(), _ -> new ArrayList<>()).add(rule.withoutHandle());
        }
        image.setNames.addAll(kernel.setNames(id));
        kernel.flowtables(id).forEach(flowtable -> image.flowtables.add(flowtable.name()));
        kernel.sets(id).forEach(set -> image.sets.put(set.name(), set));
        return image;
    }

    /** Whether the table has exactly this set. */
    boolean has(NamedSet set) {
        return set.equals(sets.get(set.name()));
    }

    /** Whether everything in the table agrees with the layout; missing parts can be added. */
    boolean fits(Collection<NamedSet> layout, Collection<Chain> permanent) {
        final Set<String> others = new HashSet<>(setNames);
        layout.forEach(set -> others.remove(set.name()));
        others.removeIf(name -> name.startsWith(ANONYMOUS)); // they go with their rules
        return others.isEmpty()
                && layout.stream().allMatch(set -> !setNames.contains(set.name()) || set.equals(sets.get(set.name())))
                && permanent.stream()
                        .allMatch(chain -> !chains.containsKey(chain.name()) || chain.equals(chains.get(chain.name())));
    }
}
