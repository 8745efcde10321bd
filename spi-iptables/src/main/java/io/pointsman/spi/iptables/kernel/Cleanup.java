package io.pointsman.spi.iptables.kernel;

import io.pointsman.linux.iptables.ChainRemoval;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.OwnedChain;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.iptables.render.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Removal of what the ledger records as ours. */
public final class Cleanup {
    private final IptablesHost kernel;
    private final Ledger ledger;
    private final List<String> removed = new ArrayList<>();

    public Cleanup(IptablesHost kernel, Ledger ledger) {
        this.kernel = kernel;
        this.ledger = ledger;
    }

    /** Removes everything recorded; returns one line for each item, also with {@code dryRun}, which changes nothing. */
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

    /** Removes the chains of one flavour and strikes them from the ledger; returns one line for each item. */
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
        removed.addAll(new ChainRemoval(kernel.rules(), Table.LAYOUT)
                .run(
                        flavour,
                        family,
                        (table, chain) -> owned.contains(new OwnedChain(flavour, family, table, chain)),
                        dryRun));
        return owned;
    }
}
