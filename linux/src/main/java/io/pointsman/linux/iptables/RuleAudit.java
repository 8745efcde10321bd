package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Compares tables in the kernel with what was written. */
public final class RuleAudit {
    private static final int MAX_FINDINGS = 100;

    private RuleAudit() {}

    /**
     * Returns a sentence for each difference in the tables of a family, up to a limit.
     *
     * @param written text of our chains by table and name, as iptables-save prints it
     */
    public static List<String> differences(
            RuleLayout layout,
            IpFamily family,
            Map<String, Map<String, String>> written,
            Map<String, SavedTable> found) {
        final List<String> findings = new ArrayList<>();
        for (String table : layout.tables()) {
            findings.addAll(differences(
                    family + " table " + table + ": ",
                    layout.hooks(table),
                    written.getOrDefault(table, Map.of()),
                    layout.in(found, table)));
        }
        return shortened(findings);
    }

    /**
     * Returns a sentence for each difference in one table.
     *
     * @param where start of each sentence: {@code "IPV4 table nat: "}
     * @param written text of our chains by name, as iptables-save prints it
     */
    static List<String> differences(String where, List<Hook> hooks, Map<String, String> written, SavedTable found) {
        final List<String> findings = new ArrayList<>();
        final SavedTable.Difference difference = found.compare(hooks);
        difference
                .missing()
                .forEach(hook -> findings.add(
                        where + "the jump from " + hook.builtIn() + " to " + hook.chain() + " is missing"));
        difference
                .surplus()
                .forEach(rule -> findings.add(
                        where + "there is a rule in " + rule.builtIn() + " that is not ours: " + rule.rule()));
        final TreeSet<String> names = new TreeSet<>(written.keySet());
        names.addAll(found.chains().keySet());
        for (String name : names) {
            final String ours = written.get(name);
            final String theirs = found.chains().get(name);
            if (theirs == null) {
                findings.add(where + "chain " + name + " is missing");
            } else if (ours == null) {
                findings.add(where + "chain " + name + " is not ours");
            } else if (!ours.equals(theirs)) {
                findings.add(where + "chain " + name + " has other rules than ours");
            }
        }
        return findings;
    }

    /** Returns at most {@value #MAX_FINDINGS} findings; the last one says how many more there are. */
    static List<String> shortened(List<String> findings) {
        if (findings.size() <= MAX_FINDINGS) {
            return findings;
        }
        final List<String> some = new ArrayList<>(findings.subList(0, MAX_FINDINGS - 1));
        some.add("and " + (findings.size() - some.size()) + " more differences");
        return some;
    }
}
