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
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A backend whose state is in the kernel. It knows which plan the kernel follows, and whether that state can be trusted. If
 * so, a delta that starts at that plan is enough; else the whole plan is carried out. Applying, auditing and cleaning up
 * exclude each other by one lock. Failures become {@link BackendException}s that begin with the backend's name. Connections
 * are those that the kernel tracks. Any thread.
 */
public abstract class KernelBackend implements Backend {
    private final String name;
    private final String leftover;
    private final Whereabouts place;
    private final Ledger ledger;
    private final Predicate<ConntrackEntry> isTranslated;
    private final ReentrantLock lock = new ReentrantLock();
    /** Plan in force. Written under the lock; a listing of flows may still use the plan that was just replaced. */
    private volatile @Nullable ForwardingPlan current;

    private boolean isTrusted;

    /** An action that runs under the lock and returns a result. */
    @FunctionalInterface
    protected interface Task<T> {
        T run() throws IOException;
    }

    /** An action that runs under the lock and returns nothing. */
    @FunctionalInterface
    protected interface Chore {
        void run() throws IOException;
    }

    /**
     * Creates a backend without a plan.
     *
     * @param leftover state that a failed plan leaves, for its message: {@code is in force in part only}
     * @param place namespace in which connections are tracked
     * @param isTranslated whether our rules translated a tracked connection
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
     * Carries a plan out, under the lock.
     *
     * @param isWhole the kernel's state is not the one the delta starts from, so that the whole plan is needed
     */
    protected abstract ApplyReport carryOut(ForwardingPlan plan, PlanDelta delta, boolean isWhole) throws IOException;

    /** Returns one sentence for each difference between the kernel and what was written. Under the lock. */
    protected abstract List<String> differences() throws IOException;

    /** Removes all that this backend owns; returns a line for each object. Under the lock. */
    protected abstract List<String> remove(boolean dryRun) throws IOException;

    /** Creates the exception for a failure: backend, outcome and cause. */
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

    /** Compares the kernel with the plan; after any finding, the next plan is carried out whole. */
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
     * Reads from the kernel unless a write holds the lock, which may take long.
     *
     * @param outcome consequence of a failure, for its message
     * @return empty if a write was running
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

    /** Makes the next plan be carried out whole. To be called under the lock. */
    protected final void invalidate() {
        isTrusted = false;
    }

    /** Runs background work between two plans, under the lock; {@code failed} is called under the lock too. */
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

    /** Lists connections of the plan in force; none without a plan. Takes no lock. */
    @Override
    public final Stream<FlowRecord> flows() throws BackendException {
        final ForwardingPlan plan = current;
        try {
            return plan == null ? Stream.empty() : list(plan);
        } catch (IOException e) {
            throw failure(name, "connections can't be listed", e);
        }
    }

    /** Lists connections of a plan; reading the stream may throw {@link UncheckedIOException}. */
    protected Stream<FlowRecord> list(ForwardingPlan plan) throws IOException {
        return PlanFlows.stream(place.call(ConntrackDump::open), plan, isTranslated);
    }

    /** Counts connections of the plan in force for each of its service ports; 0 for one without any. */
    @Override
    public List<ServiceFigures> figures() throws BackendException {
        final ForwardingPlan plan = current;
        try (Stream<FlowRecord> flows = flows()) {
            final List<ServiceFigures> connected = ServiceFigures.of(flows);
            return plan == null ? connected : ServiceFigures.merged(unconnected(plan), connected);
        } catch (UncheckedIOException e) {
            throw new BackendException(name + ": connections can't be listed: " + e.getMessage(), e);
        }
    }

    private static List<ServiceFigures> unconnected(ForwardingPlan plan) {
        return plan.rules().values().stream()
                .map(Rule::owner)
                .distinct()
                .map(port -> new ServiceFigures(port, Map.of(Figure.CONNECTIONS_NOW, 0L), Map.of()))
                .toList();
    }

    /** Watches connections of the plan in force, whichever that is at the time. */
    @Override
    public final FlowWatch watchFlows() throws BackendException {
        try {
            return new ConntrackWatch(name, place.call(ConntrackEvents::open), () -> current);
        } catch (IOException e) {
            throw failure(name, "connections can't be watched", e);
        }
    }

    /** Returns the frontends that a change affects. */
    protected static Set<Frontend> touched(ForwardingPlan plan, PlanDelta delta, boolean isWhole) {
        if (isWhole) {
            return new HashSet<>(plan.rules().keySet());
        }
        final Set<Frontend> touched = new HashSet<>();
        delta.rules().forEach(change -> touched.add(change.frontend()));
        return touched;
    }

    /** Whether the node speaks a family or a touched frontend is of it; other families may be missing on the host. */
    protected static boolean isConcerned(IpFamily family, ForwardingPlan plan, Set<Frontend> touched) {
        return plan.node().families().contains(family)
                || touched.stream().anyMatch(frontend -> frontend.family() == family);
    }

    /** Returns one problem for each rule of a family that could not be written. */
    protected static Stream<RuleProblem> refused(ForwardingPlan plan, IpFamily family, String reason) {
        return plan.rules().values().stream()
                .filter(rule -> rule.frontend().family() == family)
                .map(rule -> new RuleProblem(rule.frontend(), rule.owner(), RuleProblem.Kind.REFUSED, reason));
    }
}
