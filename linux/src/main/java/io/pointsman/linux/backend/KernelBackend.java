package io.pointsman.linux.backend;

import io.pointsman.linux.conntrack.ConntrackDump;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.ConntrackEvents;
import io.pointsman.linux.conntrack.PlanFlows;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.ServiceFigures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A backend whose state is in the kernel: which plan that follows, and whether it can be trusted to. Where it can, a delta that
 * starts there is enough, else the whole plan is carried out. One lock: applying, auditing and cleaning up exclude each other.
 * Failures become {@link BackendException}s that begin with the backend's name. Connections are those that the kernel tracks.
 * Any thread.
 */
public abstract class KernelBackend implements Backend {
    private final String name;
    private final String leftover;
    private final Whereabouts place;
    private final Ledger ledger;
    private final Predicate<ConntrackEntry> isTranslated;
    private final ReentrantLock lock = new ReentrantLock();
    /** Written under the lock; flows may be listed with one that was just replaced. */
    private volatile @Nullable ForwardingPlan current;

    private boolean isTrusted;

    /** Something to be done under the lock. */
    @FunctionalInterface
    protected interface Task<T> {
        T run() throws IOException;
    }

    /** The same, of which only a failure is of interest. */
    @FunctionalInterface
    protected interface Chore {
        void run() throws IOException;
    }

    /**
     * No plan yet.
     *
     * @param leftover what a plan that fails leaves, for its message: {@code is in force in part only}
     * @param place where connections are tracked
     * @param isTranslated whether a tracked connection was led by rules
     */
    protected KernelBackend(
            String name, String leftover, Whereabouts place, Ledger ledger, Predicate<ConntrackEntry> isTranslated) {
        this.name = name;
        this.leftover = leftover;
        this.place = place;
        this.ledger = ledger;
        this.isTranslated = isTranslated;
    }

    /**
     * Carries a plan out. Under the lock.
     *
     * @param isWhole the delta does not lead from what is in the kernel to the plan
     */
    protected abstract ApplyReport carryOut(ForwardingPlan plan, PlanDelta delta, boolean isWhole) throws IOException;

    /** One sentence for each difference between the kernel and what was written. Under the lock. */
    protected abstract List<String> differences() throws IOException;

    /** Removes what is ours; returns a line for each thing. Under the lock. */
    protected abstract List<String> remove(boolean dryRun) throws IOException;

    /** A failure, in words: whose it is, what came of it, and why. */
    public static BackendException failure(String backend, String outcome, IOException cause) {
        return new BackendException(backend + ": " + outcome + ": " + cause.getMessage(), cause);
    }

    @Override
    public final ApplyReport apply(ForwardingPlan plan, PlanDelta delta) throws BackendException {
        return locked("plan " + plan.version() + " " + leftover, () -> {
            final ForwardingPlan before = current;
            final boolean isWhole = !isTrusted || before == null || delta.fromVersion() != before.version();
            isTrusted = false;
            final ApplyReport report = carryOut(plan, delta, isWhole);
            current = plan;
            isTrusted = true;
            return report;
        });
    }

    /** Any finding has the next plan carried out whole. */
    @Override
    public final AuditReport audit() throws BackendException {
        return locked("the kernel can't be read; it stays as it is", () -> {
            final List<String> found = current == null ? List.of() : differences();
            isTrusted &= found.isEmpty();
            return new AuditReport(found);
        });
    }

    @Override
    public final CleanupReport cleanup(boolean dryRun) throws BackendException {
        return locked("not everything could be removed", () -> {
            final List<String> removed = remove(dryRun);
            if (!dryRun) {
                current = null;
                isTrusted = false;
            }
            return new CleanupReport(dryRun, removed, ledger.complaints());
        });
    }

    private <T> T locked(String outcome, Task<T> task) throws BackendException {
        lock.lock();
        try {
            return task.run();
        } catch (IOException e) {
            throw failure(name, outcome, e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Reads something of the kernel unless something is being written, which may take long.
     *
     * @param outcome what a failure comes to, for its message
     * @return empty where it was not read
     */
    protected final <T> Optional<T> readUnlessBusy(Task<T> task, String outcome) throws BackendException {
        if (!lock.tryLock()) {
            return Optional.empty();
        }
        try {
            return Optional.of(locked(outcome, task));
        } finally {
            lock.unlock();
        }
    }

    /** Has the next plan carried out whole; to be called under the lock. */
    protected final void invalidate() {
        isTrusted = false;
    }

    /** Does something between two plans, on a thread that nobody waits for; a failure is told under the lock. */
    protected final void tend(Chore task, Consumer<IOException> failed) {
        lock.lock();
        try {
            task.run();
        } catch (IOException e) {
            failed.accept(e);
        } finally {
            lock.unlock();
        }
    }

    /** Of the plan in force; none while there is none. Takes no lock. */
    @Override
    public final Stream<FlowRecord> flows() throws BackendException {
        final ForwardingPlan plan = current;
        try {
            return plan == null ? Stream.empty() : list(plan);
        } catch (IOException e) {
            throw failure(name, "connections can't be listed", e);
        }
    }

    /** Connections of a plan; reading them may throw {@link UncheckedIOException}. */
    protected Stream<FlowRecord> list(ForwardingPlan plan) throws IOException {
        return PlanFlows.stream(place.call(ConntrackDump::open), plan, isTranslated);
    }

    /** How many connections of the plan in force there are, of each service port that has one. */
    @Override
    public List<ServiceFigures> figures() throws BackendException {
        try (Stream<FlowRecord> flows = flows()) {
            return ServiceFigures.of(flows);
        } catch (UncheckedIOException e) {
            throw new BackendException(name + ": connections can't be listed: " + e.getMessage(), e);
        }
    }

    /** Of whichever plan is in force: connections that come and that go. */
    @Override
    public final FlowWatch watchFlows() throws BackendException {
        try {
            return new ConntrackWatch(name, place.call(ConntrackEvents::open), () -> current);
        } catch (IOException e) {
            throw failure(name, "connections can't be watched", e);
        }
    }

    /** Frontends that a change is about. */
    protected static Set<Frontend> touched(ForwardingPlan plan, PlanDelta delta, boolean isWhole) {
        if (isWhole) {
            return new HashSet<>(plan.rules().keySet());
        }
        final Set<Frontend> touched = new HashSet<>();
        delta.rules().forEach(change -> touched.add(change.frontend()));
        return touched;
    }

    /** Whether the node speaks a family or somebody asks for it; others may be missing on the host altogether. */
    protected static boolean isConcerned(IpFamily family, ForwardingPlan plan, Set<Frontend> touched) {
        return plan.node().families().contains(family)
                || touched.stream().anyMatch(frontend -> frontend.family() == family);
    }

    /** One problem for each rule of a family that could not be written. */
    protected static Stream<RuleProblem> refused(ForwardingPlan plan, IpFamily family, String reason) {
        return plan.rules().values().stream()
                .filter(rule -> rule.frontend().family() == family)
                .map(rule -> new RuleProblem(rule.frontend(), rule.owner(), RuleProblem.Kind.REFUSED, reason));
    }
}
