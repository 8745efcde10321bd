package io.pointsman.linux.backend;

import io.pointsman.linux.Sysctl;
import io.pointsman.linux.ownership.Ledger;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sets sysctls, their earlier values in the ledger first, and puts those values back at a cleanup. In the network namespace
 * of the calling thread. Not thread-safe.
 */
public final class OwnedSysctls {
    private final Ledger ledger;
    private List<Sysctl.Result> results = List.of(); // of the last time

    /** Enters what it sets in this ledger. */
    public OwnedSysctls(Ledger ledger) {
        this.ledger = ledger;
    }

    /**
     * Sets them in order, as their policies say; one that has its value already, or is only to be read, is not entered.
     *
     * @param kept keys of those that a cleanup leaves as they are then: others may rely on them by that time
     * @return what came of each
     * @throws IOException naming those that must be set and could not be, or what can't be entered: that one is not set
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

    /** As {@link #set(List, Set)}; all are put back. */
    public List<Sysctl.Result> set(List<Sysctl> wanted) throws IOException {
        return set(wanted, Set.of());
    }

    /** A sentence for each that was as wished when it was set last, and is no more. */
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

    /** Puts back what the ledger says was set and is not as it was; returns a line for each. */
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
