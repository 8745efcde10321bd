package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A few chains that are written all together, in one flavour of iptables. Remembers what it wrote. Not thread-safe. */
public final class WholeChains {
    private final RulePrograms programs;
    private final RuleLayout layout;
    private final Flavour flavour;
    /** Tables by family and name, as they were read back. */
    private final Map<IpFamily, Map<String, SavedTable>> written = new EnumMap<>(IpFamily.class);

    public WholeChains(RulePrograms programs, RuleLayout layout, Flavour flavour) {
        this.programs = programs;
        this.layout = layout;
        this.flavour = flavour;
    }

    /**
     * Writes all chains of a family, with the jumps of built-in chains to them; each table changes as a whole.
     *
     * @param chains text of each chain by table and name
     * @return whether chains or hooks differ from before
     */
    public boolean write(IpFamily family, Map<String, Map<String, String>> chains) throws IOException {
        final Map<String, SavedTable> before = saved(family);
        final Restore restore = layout.restore();
        chains.forEach((table, texts) -> restore.chains(table, new TreeMap<String, @Nullable String>(texts))
                .hooks(table, hooks(before, table)));
        programs.load(flavour, family, restore);
        final Map<String, SavedTable> after = saved(family);
        written.put(family, after);
        return !layout.tables().stream()
                .allMatch(table -> layout.in(before, table)
                                .chains()
                                .equals(layout.in(after, table).chains())
                        && hooks(before, table).equals(hooks(after, table)));
    }

    private SavedTable.Difference hooks(Map<String, SavedTable> saved, String table) {
        return layout.in(saved, table).compare(layout.hooks(table));
    }

    private Map<String, SavedTable> saved(IpFamily family) throws IOException {
        return programs.save(flavour, family, layout.tables());
    }

    /** Returns the families that were written. */
    public Set<IpFamily> families() {
        return Set.copyOf(written.keySet());
    }

    /** Returns one sentence for each difference between the kernel and what was read back after the last write. */
    public List<String> differences(IpFamily family) throws IOException {
        final Map<String, Map<String, String>> chains = new HashMap<>();
        written.getOrDefault(family, Map.of()).forEach((table, saved) -> chains.put(table, saved.chains()));
        return RuleAudit.differences(layout, family, chains, saved(family));
    }

    /** Forgets what was written: the chains are gone. */
    public void forget() {
        written.clear();
    }
}
