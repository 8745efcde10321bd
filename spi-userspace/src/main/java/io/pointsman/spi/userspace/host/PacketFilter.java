package io.pointsman.spi.userspace.host;

import io.pointsman.linux.backend.OwnedNftTables;
import io.pointsman.linux.nftables.text.NftCommand;
import io.pointsman.linux.nftables.text.NftElement;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.plan.NodeFacts;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Our nft tables and their elements. Not thread-safe. */
final class PacketFilter {
    private final HostCapabilities means;
    private final KernelSettings settings;
    private final OwnedNftTables tables;
    private @Nullable NodeFacts node; // as last rendered
    private boolean isNeeded;

    PacketFilter(HostCapabilities means, KernelSettings settings, Ledger ledger, NftCommand nft) {
        this.means = means;
        this.settings = settings;
        this.tables = new OwnedNftTables(
                ledger, Owned.NFT_TABLE, nft, NftTables.NAME, HostCapabilities.TABLES, means.tables());
        this.isNeeded = tables.isOwner(); // tables of an earlier run may be out of date
    }

    /** Enables the filter. Until the first call, commits do nothing unless an earlier run left tables. */
    void need() {
        isNeeded = true;
    }

    void add(NftElement element) {
        tables.add(element);
    }

    void remove(NftElement element) {
        tables.remove(element);
    }

    /**
     * Commits all changes, or none.
     *
     * @throws IOException with nft's error; the next commit tries everything again
     */
    void commit(NodeFacts facts) throws IOException {
        if (!isNeeded || means.tables().isEmpty()) {
            return;
        }
        if (!rendersAlike(node, facts)) {
            tables.forget();
        }
        node = facts;
        tables.commit(family -> NftTables.body(family, facts, settings.mark(), means.reassembles()));
    }

    private static boolean rendersAlike(@Nullable NodeFacts one, NodeFacts other) {
        return one != null
                && one.addresses().equals(other.addresses())
                && Objects.equals(one.podDetector(), other.podDetector());
    }

    /** Returns one sentence for each table that should exist and does not. */
    List<String> audit() throws IOException {
        return tables.audit();
    }

    /** Makes the next commit write everything again. */
    void forget() {
        tables.forget();
    }

    /** Removes the tables in the ledger; returns one line for each that existed. */
    List<String> removeAll(boolean dryRun) throws IOException {
        return tables.removeAll(dryRun);
    }
}
