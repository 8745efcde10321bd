package io.pointsman.linux.backend;

import io.pointsman.linux.Sysctl;
import io.pointsman.linux.ownership.Ledger;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sysctls that are set after their earlier values were entered in the ledger, and that a cleanup sets back to these values.
 * In the network namespace of the calling thread. Not thread-safe.
 */
public final class OwnedSysctls {
    private final Ledger ledger;
    private List<Sysctl.Result> results = List.of(); // of the last time

    /** Creates sysctls that are entered in this ledger. */
    public OwnedSysctls(Ledger ledger) {
        this.ledger = ledger;
    }

    /**
     * Sets sysctls in order, by their policies. One that has its value already, or is only read, is not entered.
     *
     * @param kept keys that a cleanup does not restore: other programs may rely on them by that time
     * @return result of each
     * @throws IOException naming those that must be set and could not be; also if one can't be entered, which is then not
     *     set
     */
    public List<Sysctl.Result> set(List<Sysctl> wanted, Set<String> kept) throws IOException {
        for (Sysctl sysctl : wanted) {
            if (sysctl.policy() != Sysctl.Policy.SKIP && !kept.contains(sysctl.key())) {
                final String before = Sysctl.read(sysctl.key()).orElse(sysctl.value());
                if (!before.equals(sysctl.value())) {
                    ledger.enterSysctl(sysctl.key(), before);
                }
            }
        }
        results = Sysctl.apply(wanted);
        return results;
    }

    /** Sets sysctls, all of which a cleanup restores; else as {@link #set(List, Set)}. */
    public List<Sysctl.Result> set(List<Sysctl> wanted) throws IOException {
        return set(wanted, Set.of());
    }

    /** Returns a sentence for each sysctl that was set and has another value now. */
    public List<String> differences() throws IOException {
        final List<String> findings = new ArrayList<>();
        for (Sysctl.Result result : results) {
            final Sysctl wanted = result.wanted();
            final String now = Sysctl.read(wanted.key()).orElse("absent");
            if (result.isInForce() && !now.equals(wanted.value())) {
                findings.add(wanted.key() + " is " + now + ", not " + wanted.value());
            }
        }
        return findings;
    }

    /** Restores the earlier values in the ledger; returns a line for each that differed. */
    public List<String> restore(boolean dryRun) throws IOException {
        final List<String> restored = new ArrayList<>();
        for (Map.Entry<String, String> each : ledger.sysctlsBefore().entrySet()) {
            final String before = each.getValue();
            if (!Sysctl.read(each.getKey()).orElse(before).equals(before)) {
                restored.add("sysctl " + each.getKey() + " back to " + before);
                if (!dryRun) {
                    Sysctl.apply(List.of(Sysctl.must(each.getKey(), before)));
                }
            }
        }
        return restored;
    }
}
