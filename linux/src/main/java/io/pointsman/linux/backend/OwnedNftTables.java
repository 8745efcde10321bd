package io.pointsman.linux.backend;

import io.pointsman.linux.nftables.text.NftCommand;
import io.pointsman.linux.nftables.text.NftElement;
import io.pointsman.linux.ownership.Kind;
import io.pointsman.linux.ownership.Ledger;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Tables of one name in several families of nftables, and the elements of their sets. A table is entered in the ledger
 * before it is made, and made when it gets its first element. Not thread-safe.
 */
public final class OwnedNftTables {
    private final Ledger ledger;
    private final Kind<String> kind;
    private final NftCommand nft;
    private final String name;
    private final String first;
    private final List<String> families;
    private final Map<String, Set<NftElement>> wanted = new HashMap<>(); // by family
    private final Set<NftElement> added = new HashSet<>(); // since the last commit
    private final Set<NftElement> removed = new HashSet<>();
    private final Set<String> made = new TreeSet<>(); // that are as they should be but for added and removed

    /**
     * Creates the object, but no table yet.
     *
     * @param kind under which the families of tables are in the ledger
     * @param name of each table
     * @param families that may have a table, in the order in which the tables are made; the first is made even if its sets
     *     are empty
     * @param usable families among these that this host supports
     */
    public OwnedNftTables(
            Ledger ledger, Kind<String> kind, NftCommand nft, String name, List<String> families, Set<String> usable) {
        this.ledger = ledger;
        this.kind = kind;
        this.nft = nft;
        this.name = name;
        this.first = families.getFirst();
        this.families = families.stream().filter(usable::contains).toList();
    }

    /** Returns nft commands that replace a table, whether or not it exists. */
    public static String replacement(String family, String name, String body) {
        return removal(family, name) + "table " + family + " " + name + " {\n" + body + "}\n";
    }

    private static String removal(String family, String name) {
        final String path = family + " " + name;
        return "add table " + path + "\ndelete table " + path + "\n";
    }

    /** Whether an earlier run left a table, or this one has made one. */
    public boolean isOwner() {
        return !ledger.owned(kind).isEmpty();
    }

    /** Adds an element with the next commit; ignores one of a family that this host does not support. */
    public void add(NftElement element) {
        final String family = element.set().tableFamily();
        if (families.contains(family)
                && wanted.computeIfAbsent(family, _ -> new HashSet<>()).add(element)
                && !removed.remove(element)) {
            added.add(element);
        }
    }

    /** Removes an element with the next commit. */
    public void remove(NftElement element) {
        final Set<NftElement> ofFamily = wanted.get(element.set().tableFamily());
        if (ofFamily != null && ofFamily.remove(element) && !added.remove(element)) {
            removed.add(element);
        }
    }

    /**
     * Commits the changes, all or nothing.
     *
     * @param body text of a table by its family: sets without elements, chains
     * @throws IOException with nft's error output; the next commit makes all tables again
     */
    public void commit(UnaryOperator<String> body) throws IOException {
        final StringBuilder text = new StringBuilder();
        final Set<String> making = new TreeSet<>();
        for (String family : families) {
            if (!made.contains(family) && isWanted(family)) {
                making.add(family);
                text.append(replacement(family, name, body.apply(family)));
            }
        }
        text.append(NftElement.change(of(removed, made), of(added, made)));
        for (String family : making) {
            text.append(NftElement.change(List.of(), wantedOf(family)));
        }
        if (text.isEmpty()) {
            return;
        }
        ledger.enter(kind, making);
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

    private boolean isWanted(String family) {
        return family.equals(first)
                || !wantedOf(family).isEmpty()
                || ledger.owned(kind).contains(family);
    }

    private Set<NftElement> wantedOf(String family) {
        return wanted.getOrDefault(family, Set.of());
    }

    private static List<NftElement> of(Set<NftElement> elements, Set<String> families) {
        return elements.stream()
                .filter(element -> families.contains(element.set().tableFamily()))
                .toList();
    }

    /** Makes the next commit create all tables again. */
    public void forget() {
        made.clear();
    }

    /** Returns one sentence for each table that is missing. */
    public List<String> audit() throws IOException {
        final List<String> findings = new ArrayList<>();
        for (String family : made) {
            if (!nft.hasTable(family + " " + name)) {
                findings.add("nft table " + family + " " + name + " is gone");
            }
        }
        return findings;
    }

    /** Removes the tables in the ledger; returns a line for each that existed. */
    public List<String> removeAll(boolean dryRun) throws IOException {
        final List<String> gone = new ArrayList<>();
        for (String family : ledger.owned(kind)) {
            if (nft.hasTable(family + " " + name)) {
                gone.add("nft table " + family + " " + name);
                if (!dryRun) {
                    nft.execute(removal(family, name));
                }
            }
            if (!dryRun) {
                ledger.strike(kind, List.of(family));
            }
        }
        if (!dryRun) {
            made.clear();
        }
        return gone;
    }
}
