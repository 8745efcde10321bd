package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.TransactionException;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.nftables.render.Layout;
import io.pointsman.spi.nftables.render.Samples;
import io.pointsman.spi.nftables.render.TableOptions;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Tests whether a kernel accepts everything that the layout uses, by trying instead of by its version. */
public final class Trial {
    private Trial() {}

    /**
     * Returns the obstacle, as a sentence; empty if there is none. Changes nothing: each trial creates a table and deletes
     * it in the same transaction, so that no packet passes it.
     */
    public static Optional<String> obstacle(Whereabouts place) {
        try {
            return place.call(() -> {
                try (NfTables kernel = NfTables.open()) {
                    return obstacle(kernel);
                }
            });
        } catch (IOException e) {
            return Optional.of("nf_tables can't be asked: " + e.getMessage());
        }
    }

    /** Returns why tables can't be owned by the agent and persist when it ends; empty if they can. Changes nothing. */
    public static Optional<String> ownershipObstacle(NfTables kernel) throws IOException {
        final TableId id = trialTable(IpFamily.IPV4);
        try {
            kernel.commit(new Transaction()
                    .create(Table.of(id).flagged(TableOptions.OF_AGENT))
                    .deleteTable(id));
            return Optional.empty();
        } catch (TransactionException e) {
            return Optional.of("this kernel has no persistent tables with an owner (6.9 and newer have): "
                    + e.first().errno());
        }
    }

    private static TableId trialTable(IpFamily family) {
        return new TableId(
                family, Layout.NAME + "-trial-" + ProcessHandle.current().pid());
    }

    private static Optional<String> obstacle(NfTables kernel) throws IOException {
        try {
            trial(kernel, IpFamily.IPV4);
            return Optional.empty();
        } catch (TransactionException e) {
            return Optional.of("this kernel's nf_tables (5.13 and newer have all) lacks what is needed: "
                    + e.first().what() + ": " + e.first().errno());
        }
    }

    private static void trial(NfTables kernel, IpFamily family) throws IOException {
        final TableId id = trialTable(family);
        final Transaction transaction = new Transaction().create(Table.of(id));
        for (NamedSet set : Layout.sets(family, Samples.OPTIONS)) {
            transaction.add(id, set);
        }
        for (Chain chain : Layout.chains(Samples.OPTIONS)) {
            transaction.add(id, chain);
        }
        final List<Rule> rules = Samples.rules(family);
        Samples.chains().forEach(name -> transaction.add(id, Chain.regular(name)));
        rules.forEach(rule -> transaction.append(id, rule));
        kernel.commit(transaction.deleteTable(id));
    }
}
