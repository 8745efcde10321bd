package io.pointsman.spi.userspace.host;

import io.pointsman.linux.nftables.text.NftCommand;
import io.pointsman.linux.nftables.text.NftElement;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.plan.NodeFacts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Our nft tables and what is in them. A table is made when something is to be in it. Not thread-safe. */
final class PacketFilter {
    private final HostCapabilities means;
    private final KernelSettings settings;
    private final Ledger ledger;
    private final NftCommand nft;
    private final Set<NftElement> wanted = new HashSet<>();
    private final Set<NftElement> added = new HashSet<>(); // since the last commit
    private final Set<NftElement> removed = new HashSet<>();
    private final Set<String> made = new TreeSet<>(); // tables that are as they should be but for added and removed
    private @Nullable NodeFacts node; // as rendered last
    private boolean isNeeded;

    PacketFilter(HostCapabilities means, KernelSettings settings, Ledger ledger, NftCommand nft) {
        this.means = means;
        this.settings = settings;
        this.ledger = ledger;
        this.nft = nft;
        this.isNeeded = !ledger.owned(Owned.NFT_TABLE).isEmpty(); // what an earlier run left may be out of date
    }

    /** Something of the host's packets is ours from now on, if only the answers to borrowed addresses. */
    void need() {
        isNeeded = true;
    }

    void add(NftElement element) {
        if (means.has(element.set().tableFamily()) && wanted.add(element) && !removed.remove(element)) {
            added.add(element);
        }
    }

    void remove(NftElement element) {
        if (wanted.remove(element) && !added.remove(element)) {
            removed.add(element);
        }
    }

    /** Whether packets are judged as wanted, as of the last commit. */
    boolean isInForce() {
        return made.contains("inet");
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
            made.clear();
        }
        node = facts;
        final StringBuilder text = new StringBuilder();
        final Set<String> making = new TreeSet<>();
        for (String table : NftTables.tables(means)) {
            if (!made.contains(table) && isWanted(table)) {
                making.add(table);
                text.append(NftTables.replacement(table, facts, settings.mark(), means.reassembles()));
            }
        }
        text.append(NftElement.change(of(removed, made), of(added, made)));
        text.append(NftElement.change(List.of(), of(wanted, making)));
        if (text.isEmpty()) {
            return;
        }
        ledger.enter(Owned.NFT_TABLE, making);
        try {
            nft.execute(text.toString());
        } catch (IOException e) {
            made.clear();
            throw e;
        } finally {
            added.clear();
            removed.clear();
        }
        made.addAll(making);
    }

    private static boolean rendersAlike(@Nullable NodeFacts one, NodeFacts other) {
        return one != null
                && one.addresses().equals(other.addresses())
                && Objects.equals(one.podDetector(), other.podDetector());
    }

    private boolean isWanted(String table) {
        return table.equals("inet")
                || ledger.owned(Owned.NFT_TABLE).contains(table)
                || wanted.stream()
                        .anyMatch(element -> element.set().tableFamily().equals(table));
    }

    private static List<NftElement> of(Set<NftElement> elements, Set<String> tables) {
        return elements.stream()
                .filter(element -> tables.contains(element.set().tableFamily()))
                .toList();
    }

    /** One sentence for each table that should be there and is not. */
    List<String> audit() throws IOException {
        final List<String> findings = new ArrayList<>();
        for (String table : made) {
            if (!nft.hasTable(table + " " + NftTables.NAME)) {
                findings.add("nft table " + table + " " + NftTables.NAME + " is gone");
            }
        }
        return findings;
    }

    /** The next commit makes everything again. */
    void forget() {
        made.clear();
    }

    /** Removes the tables that the ledger knows; returns a line for each that was there. */
    List<String> removeAll(boolean dryRun) throws IOException {
        final List<String> gone = new ArrayList<>();
        for (String table : ledger.owned(Owned.NFT_TABLE)) {
            if (nft.hasTable(table + " " + NftTables.NAME)) {
                gone.add("nft table " + table + " " + NftTables.NAME);
                if (!dryRun) {
                    nft.execute(NftTables.removal(table));
                }
            }
            if (!dryRun) {
                ledger.strike(Owned.NFT_TABLE, List.of(table));
            }
        }
        if (!dryRun) {
            made.clear();
        }
        return gone;
    }
}
