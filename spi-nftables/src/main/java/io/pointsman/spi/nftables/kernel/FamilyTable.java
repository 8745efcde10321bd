package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.TransactionException;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.nftables.render.TableOptions;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The table of one family: written from a plan, changed with it, and audited. Not thread-safe. */
public final class FamilyTable {
    /** Times that a table is read while other programs also write, whatever that takes. */
    private static final int MIN_READS = 5;

    /** Most times that it is read within {@value #PATIENCE_MILLIS} ms; the last time it is written regardless. */
    private static final int MAX_READS = 50;

    private static final long PATIENCE_MILLIS = 2_000;

    private final TableState table;
    private boolean isBehind = true;

    public FamilyTable(IpFamily family, TableOptions options) {
        this.table = new TableState(family, options);
    }

    public IpFamily family() {
        return table.family();
    }

    /** Number of rules in force, without older versions of refused rules. */
    public int size() {
        return table.size();
    }

    /** Problems of the rules that the kernel refused. */
    public Collection<RuleProblem> problems() {
        return table.refused().values();
    }

    /** Whether the next plan must be written whole. */
    public boolean isBehind() {
        return isBehind;
    }

    /** Makes the next plan be written whole. */
    public void invalidate() {
        isBehind = true;
    }

    /**
     * Makes the table match the plan, whatever its content; leaves matching parts untouched.
     *
     * @return number of elements and chains changed
     */
    public int replace(Commits kernel, ForwardingPlan plan) throws IOException {
        isBehind = true;
        final long startNanos = System.nanoTime();
        Optional<Integer> changes = tryToReplace(kernel, plan);
        for (int reads = 2; changes.isEmpty() && mayReadAgain(reads, startNanos); reads++) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(reads)); // let the other program finish
            changes = tryToReplace(kernel, plan);
        }
        final int changed = changes.isPresent()
                ? changes.get()
                : new Reconciliation(kernel, table, plan).run(Reconciliation.Contention.GO_ON);
        isBehind = false;
        return changed;
    }

    /** A large table takes seconds to read, and a small one may be read again before another agent has written its next plan. */
    private static boolean mayReadAgain(int reads, long startNanos) {
        return reads < MIN_READS
                || (reads < MAX_READS
                        && System.nanoTime() - startNanos < TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS));
    }

    /** Replaces the table; returns empty if another program wrote between reading and writing. */
    private Optional<Integer> tryToReplace(Commits kernel, ForwardingPlan plan) throws IOException {
        final int foreign = kernel.foreign();
        try {
            return Optional.of(new Reconciliation(kernel, table, plan).run(Reconciliation.Contention.READ_AGAIN));
        } catch (TransactionException e) {
            if (ServiceWriter.isOfNoService(e) || kernel.foreign() == foreign) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /**
     * Applies the change from the last plan to this one.
     *
     * @return number of elements and chains changed
     */
    public int change(Commits kernel, ForwardingPlan plan, PlanDelta delta) throws IOException {
        if (isBehind) {
            return replace(kernel, plan);
        }
        isBehind = true;
        final int changes;
        try {
            changes = carryOut(kernel, plan, delta);
        } catch (TransactionException e) {
            if (ServiceWriter.isOfNoService(e)) {
                throw e;
            }
            return replace(kernel, plan); // another program wrote meanwhile: read the table
        }
        isBehind = false;
        return changes;
    }

    private int carryOut(Commits kernel, ForwardingPlan plan, PlanDelta delta) throws IOException {
        final NodePart node = new NodePart(table, plan.node());
        int changes = delta.nodeChanged() ? node.write(kernel, new Transaction()) : 0;
        final Map<Frontend, ServiceChange.Step> steps = new LinkedHashMap<>();
        for (PlanDelta.RuleChange change : delta.rules()) {
            if (change.frontend().family() == family()) {
                steps.put(change.frontend(), step(change.frontend(), change.after()));
            }
        }
        table.refused()
                .keySet()
                .removeIf(frontend -> !plan.rules().containsKey(frontend)
                        && !table.written().containsKey(frontend)); // was never in force
        for (Frontend frontend : table.refused().keySet()) {
            steps.put(frontend, step(frontend, plan.rules().get(frontend)));
        }
        changes += new ServiceWriter(kernel, table, node, Leftovers.NONE, this::wereRefused)
                .write(ServiceChange.group(List.copyOf(steps.values())));
        return changes + table.retiring().removeRested(kernel);
    }

    /** Whether all of these were refused before. If not, another program's change is to blame for the refusal. */
    private boolean wereRefused(List<ServiceChange> services) {
        return services.stream().allMatch(service -> service.steps().stream()
                .anyMatch(step -> table.refused().containsKey(step.frontend())));
    }

    private ServiceChange.Step step(Frontend frontend, @Nullable Rule after) {
        return new ServiceChange.Step(frontend, table.written().get(frontend), after);
    }

    /** Describes, in a sentence each, the differences between the kernel's table and what was written. Changes nothing. */
    public List<String> differences(NfTables kernel) throws IOException {
        return new TableAudit(
                        table.id(),
                        table.sets().values(),
                        table.permanent(),
                        table.chains().all(),
                        table.elements())
                .differences(kernel);
    }
}
