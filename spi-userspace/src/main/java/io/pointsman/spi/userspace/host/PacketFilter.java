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

/** Our nft tables and what is in them, as the node has them be. Not thread-safe. */
final class PacketFilter {
    private final HostCapabilities means;
    private final KernelSettings settings;
    private final OwnedNftTables tables;
    private @Nullable NodeFacts node; // as rendered last
    private boolean isNeeded;

    PacketFilter(HostCapabilities means, KernelSettings settings, Ledger ledger, NftCommand nft) {
        this.means = means;
        this.settings = settings;
        this.tables = new OwnedNftTables(
                ledger, Owned.NFT_TABLE, nft, NftTables.NAME, HostCapabilities.TABLES, means.tables());
        this.isNeeded = tables.isOwner(); // what an earlier run left may be out of date
    }

    /** Something of the host's packets is ours from now on, if only the answers to borrowed addresses. */
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
     * Puts what changed into force, all of it or nothing.
     *
     * @throws IOException with what nft complained of; tried again as a whole with the next commit
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

    /** One sentence for each table that should be there and is not. */
    List<String> audit() throws IOException {
        return tables.audit();
    }

    /** The next commit makes everything again. */
    void forget() {
        tables.forget();
    }

    /** Removes the tables that the ledger knows; returns a line for each that was there. */
    List<String> removeAll(boolean dryRun) throws IOException {
        return tables.removeAll(dryRun);
    }
}
