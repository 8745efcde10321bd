package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.DryRun;
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

/** Tests whether a kernel accepts everything that the layout uses, by trying instead of by its version. Changes nothing. */
public final class Trial {
    private static final TableId TABLE = new TableId(IpFamily.IPV4, Layout.NAME + "-trial");

    private Trial() {}

    /** Returns the obstacle, as a sentence; empty if there is none. */
    public static Optional<String> obstacle(Whereabouts place) {
        try {
            return place.call(() -> {
                try (NfTables kernel = NfTables.open()) {
                    return lacks(kernel, layout())
                            .map("this kernel's nf_tables (5.13 and newer have all) lacks what is needed: "::concat);
                }
            });
        } catch (IOException e) {
            return Optional.of("nf_tables can't be asked: " + e.getMessage());
        }
    }

    /** Returns why tables can't be owned by the agent and persist when it ends; empty if they can. */
    public static Optional<String> ownershipObstacle(NfTables kernel) throws IOException {
        return lacks(kernel, new Transaction().create(Table.of(TABLE).flagged(TableOptions.OF_AGENT)))
                .map("this kernel has no persistent tables with an owner (6.9 and newer have): "::concat);
    }

    /** Returns the first operation that the kernel refuses, and how many more; later refusals may follow from the first. */
    static Optional<String> lacks(NfTables kernel, Transaction operations) throws IOException {
        final List<TransactionException.Refusal> refusals = DryRun.refusals(kernel, operations);
        if (refusals.isEmpty()) {
            return Optional.empty();
        }
        final TransactionException.Refusal first = refusals.getFirst();
        return Optional.of(first.what() + ": " + first.errno()
                + (refusals.size() == 1 ? "" : ", and " + (refusals.size() - 1) + " more"));
    }

    private static Transaction layout() {
        final IpFamily family = TABLE.family();
        final Transaction transaction = new Transaction().create(Table.of(TABLE));
        for (NamedSet set : Layout.sets(family, Samples.OPTIONS)) {
            transaction.add(TABLE, set);
        }
        for (Chain chain : Layout.chains(Samples.OPTIONS)) {
            transaction.add(TABLE, chain);
        }
        Samples.chains().forEach(name -> transaction.add(TABLE, Chain.regular(name)));
        for (Rule rule : Samples.rules(family)) {
            transaction.append(TABLE, rule);
        }
        return transaction;
    }
}
