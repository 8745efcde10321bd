package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.Errno;
import io.pointsman.linux.Sysctl;
import io.pointsman.linux.backend.OwnedSysctls;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.TransactionException;
import io.pointsman.linux.ownership.Kind;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.nftables.render.Layout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The tables and the sysctl on this host that belong to us, and their removal. Not thread-safe. */
public final class OwnTables {
    private static final Kind<IpFamily> KIND = new Kind<>(IpFamily.class, "", IpFamily::name, IpFamily::valueOf);
    private static final Sysctl ROUTE_LOCALNET = Sysctl.must("net.ipv4.conf.all.route_localnet", "1");

    private final Whereabouts place;
    private final Ledger ledger;

    public OwnTables(Whereabouts place, Ledger ledger) {
        this.place = place;
        this.ledger = ledger;
    }

    /** Opens the ledger of tables and sysctls; writes nothing yet. */
    public static Ledger ledger(Path folder) throws IOException {
        return Ledger.open(folder, KIND);
    }

    public boolean owns(IpFamily family) {
        return ledger.owns(KIND, family);
    }

    /**
     * Enters into the ledger a family's table that is about to be created or taken over.
     *
     * @throws IOException when a table of that name exists and is not ours
     */
    public void enter(NfTables kernel, IpFamily family) throws IOException {
        if (owns(family)) {
            return;
        }
        final TableId id = Layout.table(family);
        final Optional<Table> there =
                kernel.tables().stream().filter(table -> table.id().equals(id)).findFirst();
        if (there.filter(table -> !table.comment().equals(Layout.COMMENT)).isPresent()) {
            throw new IOException("table " + id + " exists without our comment and is not in our ledger; if no other"
                    + " program needs it, delete it: nft delete table " + id);
        }
        ledger.enter(KIND, Set.of(family));
    }

    /** Enables routing of packets from 127.0.0.0/8 off the node after translation. */
    public void routeLoopback() throws IOException {
        place.call(() -> new OwnedSysctls(ledger).set(List.of(ROUTE_LOCALNET)));
    }

    /** Removes everything, as {@link #remove(NfTables, boolean)}, from another process than the agent's. */
    public List<String> remove(boolean dryRun) throws IOException {
        try (NfTables kernel = place.call(NfTables::open)) {
            return remove(kernel, dryRun);
        }
    }

    /** Removes everything that is ours; returns a line for each object removed, or that would be. */
    public List<String> remove(NfTables kernel, boolean dryRun) throws IOException {
        final List<String> removed = new ArrayList<>();
        removeTables(kernel, dryRun, removed);
        place.call(() -> {
            removed.addAll(new OwnedSysctls(ledger).restore(dryRun));
            return true;
        });
        if (!dryRun) {
            ledger.clear();
        }
        return removed;
    }

    private void removeTables(NfTables kernel, boolean dryRun, List<String> removed) throws IOException {
        final Set<IpFamily> owned = ledger.owned(KIND);
        if (owned.isEmpty()) {
            return;
        }
        final Transaction transaction = new Transaction();
        for (Table table : kernel.tables()) {
            if (table.id().name().equals(Layout.NAME)
                    && owned.contains(table.id().family())) {
                transaction.deleteTable(table.id());
                removed.add("nftables table " + table.id());
            }
        }
        if (dryRun) {
            return;
        }
        try {
            kernel.commit(transaction);
        } catch (TransactionException e) {
            if (!e.first().errno().equals(Errno.EPERM)) {
                throw e;
            }
            throw new IOException(e.getMessage() + "; if an agent with table-owner = agent runs, stop it first", e);
        }
    }
}
