package io.pointsman.spi.iptables.kernel;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.Restore;
import io.pointsman.linux.iptables.SavedRule;
import io.pointsman.linux.iptables.SavedTable;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.iptables.render.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Removes what the ledger says is ours, and nothing else. */
public final class Cleanup {
    private final IptablesHost kernel;
    private final Ledger ledger;
    private final List<String> removed = new ArrayList<>();

    public Cleanup(IptablesHost kernel, Ledger ledger) {
        this.kernel = kernel;
        this.ledger = ledger;
    }

    /** One line for each thing removed, or that would be. */
    public List<String> run(boolean dryRun) throws IOException {
        for (Flavour flavour : Flavour.values()) {
            for (IpFamily family : IpFamily.values()) {
                chains(flavour, family, dryRun);
            }
        }
        removed.addAll(kernel.restoreSysctls(ledger, dryRun));
        if (!dryRun) {
            ledger.clear();
        }
        return removed;
    }

    /** The same for chains of one flavour only; they are struck out. */
    public List<String> run(Flavour flavour) throws IOException {
        for (IpFamily family : IpFamily.values()) {
            ledger.strike(OwnedChain.KIND, chains(flavour, family, false));
        }
        return removed;
    }

    private Set<OwnedChain> chains(Flavour flavour, IpFamily family, boolean dryRun) throws IOException {
        final Set<OwnedChain> owned = ledger.owned(OwnedChain.KIND);
        owned.removeIf(chain -> chain.flavour() != flavour || chain.family() != family);
        if (owned.isEmpty()) {
            return owned;
        }
        final Map<String, SavedTable> saved = kernel.rules().save(flavour, family, Table.words());
        final Restore restore = Table.restore();
        for (Table table : Table.values()) {
            final SavedTable now = table.in(saved);
            final String where = flavour.word() + " " + family + " table " + table.word() + ": ";
            now.leadingToOurs()
                    .filter(rule -> SavedRule.target(rule.rule())
                            .filter(chain -> owned.contains(new OwnedChain(flavour, family, table, chain)))
                            .isPresent())
                    .forEach(rule -> {
                        restore.delete(table.word(), rule.builtIn(), rule.rule());
                        removed.add(where + "rule " + rule.builtIn() + " " + rule.rule());
                    });
            final Map<String, @Nullable String> gone = new TreeMap<>();
            for (String name : now.chains().keySet()) {
                if (owned.contains(new OwnedChain(flavour, family, table, name))) {
                    gone.put(name, null);
                }
            }
            gone.keySet().forEach(name -> removed.add(where + "chain " + name));
            restore.chains(table.word(), gone);
        }
        if (!dryRun) {
            kernel.rules().load(flavour, family, restore);
        }
        return owned;
    }
}
