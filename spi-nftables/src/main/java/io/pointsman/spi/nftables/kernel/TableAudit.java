package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.TableId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Expected content of a table, to compare with the kernel's. Changes nothing.
 *
 * @param chains the rules of each chain, by the chain's name
 * @param elements by set; those of dynamic sets are the kernel's own and not compared
 */
record TableAudit(
        TableId id,
        Collection<NamedSet> sets,
        List<Chain> permanent,
        Map<String, List<Rule>> chains,
        Map<String, List<Element>> elements) {
    /** Describes each difference in a sentence. */
    List<String> differences(NfTables kernel) throws IOException {
        final TableImage image = TableImage.read(kernel, id);
        if (image.table().isEmpty()) {
            return List.of("table " + id + " is gone");
        }
        final List<String> findings = new ArrayList<>();
        if (!image.fits(sets, permanent)) {
            findings.add("table " + id + " has sets or chains of another kind");
        }
        addChains(image, findings);
        addElements(kernel, image, findings);
        return findings;
    }

    private void addChains(TableImage image, List<String> findings) {
        final Set<String> names = new LinkedHashSet<>(chains.keySet());
        names.addAll(image.rules().keySet());
        for (String name : names) {
            final List<Rule> now = image.rules().get(name);
            final List<Rule> then = chains.get(name);
            if (now == null || then == null) {
                findings.add("table " + id + ": chain " + name + (now == null ? " is gone" : " is not ours"));
            } else if (!now.equals(then)) {
                findings.add("table " + id + ": chain " + name + " has other rules");
            }
        }
    }

    private void addElements(NfTables kernel, TableImage image, List<String> findings) throws IOException {
        for (NamedSet set : sets) {
            if (image.has(set) && !set.flags().contains(NamedSet.Flag.DYNAMIC)) {
                final NfTables.Differences found =
                        kernel.differences(id, set, elements.getOrDefault(set.name(), List.of()));
                final String of = " elements of " + set.name();
                if (found.missing() > 0) {
                    findings.add("table " + id + ": " + found.missing() + of + " are missing or have another value");
                }
                if (found.more() > 0) {
                    findings.add("table " + id + ": " + found.more() + of + " are not ours");
                }
            }
        }
    }
}
