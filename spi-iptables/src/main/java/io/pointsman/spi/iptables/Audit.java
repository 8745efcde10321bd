package io.pointsman.spi.iptables;

import io.pointsman.linux.iptables.Flavour;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Compares the kernel's rules with those that we wrote. */
final class Audit {
    private static final int MAX_FINDINGS = 100;

    private final Kernel kernel;
    private final Flavour flavour;

    Audit(Kernel kernel, Flavour flavour) {
        this.kernel = kernel;
        this.flavour = flavour;
    }

    /** One sentence for each difference, no more than {@value #MAX_FINDINGS}. */
    List<String> run(FamilyRules rules) throws IOException {
        final Map<String, SavedTable> saved = kernel.save(flavour, rules.family());
        final List<String> findings = new ArrayList<>();
        for (Table table : Table.values()) {
            final SavedTable now = saved.getOrDefault(table.word(), SavedTable.EMPTY);
            final String where = rules.family() + " table " + table.word() + ": ";
            final Hooks.Difference hooks = Hooks.compare(table, now);
            hooks.missing()
                    .forEach(hook -> findings.add(
                            where + "the jump from " + hook.builtIn() + " to " + hook.chain() + " is missing"));
            hooks.surplus()
                    .forEach(rule -> findings.add(where + "there is a rule in " + rule.builtIn()
                            + " that we did not put there: " + rule.rule()));
            compare(where, rules.table(table).written(), now.chains(), findings);
        }
        return findings.size() <= MAX_FINDINGS ? findings : shortened(findings);
    }

    private static void compare(
            String where, Map<String, String> written, Map<String, String> found, List<String> findings) {
        final TreeSet<String> names = new TreeSet<>(written.keySet());
        names.addAll(found.keySet());
        for (String name : names) {
            final String ours = written.get(name);
            final String theirs = found.get(name);
            if (theirs == null) {
                findings.add(where + "chain " + name + " is missing");
            } else if (ours == null) {
                findings.add(where + "chain " + name + " is not one that we wrote");
            } else if (!ours.equals(theirs)) {
                findings.add(where + "chain " + name + " has other rules than we wrote");
            }
        }
    }

    private static List<String> shortened(List<String> findings) {
        final List<String> some = new ArrayList<>(findings.subList(0, MAX_FINDINGS - 1));
        some.add("and " + (findings.size() - some.size()) + " more differences");
        return some;
    }
}
