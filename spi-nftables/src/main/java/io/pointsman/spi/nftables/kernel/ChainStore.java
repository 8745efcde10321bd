package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rules of a table's chains, as last written. Not thread-safe. */
final class ChainStore {
    private final TableId table;
    private final Map<String, List<Rule>> rules = new HashMap<>();

    ChainStore(TableId table) {
        this.table = table;
    }

    /** Replaces the content by rules that were read. */
    void adopt(Map<String, List<Rule>> found) {
        rules.clear();
        rules.putAll(found);
    }

    boolean contains(String chain) {
        return rules.containsKey(chain);
    }

    Map<String, List<Rule>> all() {
        return rules;
    }

    /**
     * Adds to a transaction what gives these chains their wanted rules. Call {@link #done} when it is committed.
     *
     * @param wanted rules of each chain
     * @return number of chains changed
     */
    int bring(Transaction transaction, Collection<Chain> chains, Map<String, List<Rule>> wanted) {
        final Set<String> changed = new HashSet<>();
        for (Chain chain : chains) {
            if (!rules.containsKey(chain.name())) {
                transaction.add(table, chain);
                changed.add(chain.name());
            }
        }
        for (Chain chain : chains) {
            final List<Rule> before = rules.getOrDefault(chain.name(), List.of());
            final List<Rule> after = wanted.getOrDefault(chain.name(), List.of());
            if (!before.equals(after)) {
                if (!before.isEmpty()) {
                    transaction.flushChain(table, chain.name());
                }
                after.forEach(rule -> transaction.append(table, rule));
                changed.add(chain.name());
            }
        }
        return changed.size();
    }

    /** Records that these chains have their wanted rules. */
    void done(Collection<Chain> chains, Map<String, List<Rule>> wanted) {
        chains.forEach(chain -> rules.put(chain.name(), wanted.getOrDefault(chain.name(), List.of())));
    }

    /** Adds the removal of these chains: first their rules, because they may jump from one chain to another. */
    void remove(Transaction transaction, Collection<String> chains) {
        for (String chain : chains) {
            if (!rules.getOrDefault(chain, List.of()).isEmpty()) {
                transaction.flushChain(table, chain);
            }
        }
        chains.forEach(chain -> transaction.deleteChain(table, chain));
    }

    void removed(Collection<String> chains) {
        rules.keySet().removeAll(chains);
    }

    /** Groups rules by chain, in their order. */
    static Map<String, List<Rule>> byChain(Collection<Rule> all) {
        final Map<String, List<Rule>> byChain = new LinkedHashMap<>();
        all.forEach(rule -> byChain.computeIfAbsent(rule.chain(), _ -> new java.util.ArrayList<>())
                .add(rule));
        return byChain;
    }
}
