package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** Removes chains, and the rules of built-in chains that jump to them. */
public final class ChainRemoval {
    private final RulePrograms programs;
    private final RuleLayout layout;

    public ChainRemoval(RulePrograms programs, RuleLayout layout) {
        this.programs = programs;
        this.layout = layout;
    }

    /**
     * Removes chains from one family's tables of one flavour; each table changes as a whole.
     *
     * @param isOurs whether a chain with the prefix is to be removed, by its table and its name
     * @return a line for each rule and chain that is removed, or with {@code dryRun} would be
     */
    public List<String> run(Flavour flavour, IpFamily family, BiPredicate<String, String> isOurs, boolean dryRun)
            throws IOException {
        final Map<String, SavedTable> saved = programs.save(flavour, family, layout.tables());
        final List<String> removed = new ArrayList<>();
        final Restore restore = layout.restore();
        for (String table : layout.tables()) {
            final SavedTable now = layout.in(saved, table);
            final String where = flavour.word() + " " + family + " table " + table + ": ";
            now.leadingToOurs()
                    .filter(rule -> SavedRule.target(rule.rule())
                            .filter(chain -> isOurs.test(table, chain))
                            .isPresent())
                    .forEach(rule -> {
                        restore.delete(table, rule.builtIn(), rule.rule());
                        removed.add(where + "rule " + rule.builtIn() + " " + rule.rule());
                    });
            final Map<String, @Nullable String> gone = new TreeMap<>();
            now.chains().keySet().stream()
                    .filter(chain -> isOurs.test(table, chain))
                    .forEach(chain -> gone.put(chain, null));
            gone.keySet().forEach(chain -> removed.add(where + "chain " + chain));
            restore.chains(table, gone);
        }
        if (!dryRun) {
            programs.load(flavour, family, restore);
        }
        return removed;
    }
}
