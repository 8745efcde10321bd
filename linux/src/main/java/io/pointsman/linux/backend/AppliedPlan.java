package io.pointsman.linux.backend;

import io.pointsman.linux.conntrack.ConntrackEvents;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.ServiceFigures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which plan a backend's kernel state follows, and whether it can be trusted to: where it can, a delta that starts there is
 * enough, else the whole plan is carried out. One lock: applying, auditing and cleaning up exclude each other. Failures become
 * {@link BackendException}s that begin with the backend's name. Any thread.
 */
public final class AppliedPlan {
    private final String backend;
    private final ReentrantLock lock = new ReentrantLock();
    /** Written under the lock; flows may be listed with one that was just replaced. */
    private volatile @Nullable ForwardingPlan current;

    private boolean isTrusted;

    /** Carries a plan out. */
    public interface Step {
        /**
         * Carries it out.
         *
         * @param isWhole the delta does not lead from what is in the kernel to the plan
         */
        ApplyReport take(boolean isWhole) throws IOException;
    }

    /** Something to be done under the lock. */
    public interface Task<T> {
        T run() throws IOException;
    }

    /** The same, of which only a failure is of interest. */
    public interface Chore {
        void run() throws IOException;
    }

    /** Lists the connections of a plan; reading them may throw {@link UncheckedIOException}. */
    public interface Lister {
        Stream<FlowRecord> list(ForwardingPlan plan) throws IOException;
    }

    /**
     * No plan yet.
     *
     * @param backend its name
     */
    public AppliedPlan(String backend) {
        this.backend = backend;
    }

    /** A failure, in words: whose it is, what came of it, and why. */
    public static BackendException failure(String backend, String outcome, IOException cause) {
        return new BackendException(backend + ": " + outcome + ": " + cause.getMessage(), cause);
    }

    /**
     * Carries a plan out; when that fails the next one is carried out whole.
     *
     * @param leftover what a failure leaves, for its message
     */
    public ApplyReport apply(ForwardingPlan plan, PlanDelta delta, Step step, String leftover) throws BackendException {
        lock.lock();
        try {
            final ForwardingPlan before = current;
            final boolean isWhole = !isTrusted || before == null || delta.fromVersion() != before.version();
            isTrusted = false;
            final ApplyReport report = step.take(isWhole);
            current = plan;
            isTrusted = true;
            return report;
        } catch (IOException e) {
            throw failure(backend, "plan " + plan.version() + " " + leftover, e);
        } finally {
            lock.unlock();
        }
    }

    /** Compares the kernel with what was written; any finding has the next plan carried out whole. */
    public AuditReport audit(Task<List<String>> findings) throws BackendException {
        lock.lock();
        try {
            final List<String> found = current == null ? List.of() : findings.run();
            if (!found.isEmpty()) {
                isTrusted = false;
            }
            return new AuditReport(found);
        } catch (IOException e) {
            throw failure(backend, "the kernel can't be read; it stays as it is", e);
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
    public <T> Optional<T> readUnlessBusy(Task<T> task, String outcome) throws BackendException {
        if (!lock.tryLock()) {
            return Optional.empty();
        }
        try {
            return Optional.of(task.run());
        } catch (IOException e) {
            throw failure(backend, outcome, e);
        } finally {
            lock.unlock();
        }
    }

    /** Connections of the plan in force; none while there is none. Takes no lock. */
    public Stream<FlowRecord> flows(Lister lister) throws BackendException {
        final ForwardingPlan plan = current;
        try {
            return plan == null ? Stream.empty() : lister.list(plan);
        } catch (IOException e) {
            throw failure(backend, "connections can't be listed", e);
        }
    }

    /** How many connections of the plan in force there are, of each service port that has one. */
    public List<ServiceFigures> connections(Lister lister) throws BackendException {
        try (Stream<FlowRecord> flows = flows(lister)) {
            return ServiceFigures.of(flows);
        } catch (UncheckedIOException e) {
            throw new BackendException(backend + ": connections can't be listed: " + e.getMessage(), e);
        }
    }

    /** Watches connections of whichever plan is in force, by events of where it keeps them: those that come and that go. */
    public FlowWatch watch(Task<ConntrackEvents> events) throws BackendException {
        try {
            return new ConntrackWatch(backend, events.run(), () -> current);
        } catch (IOException e) {
            throw failure(backend, "connections can't be watched", e);
        }
    }

    /** Removes what is ours, in lines, and forgets the plan; a dry run only tells. */
    public CleanupReport cleanup(boolean dryRun, Task<List<String>> remove, Task<List<String>> complaints)
            throws BackendException {
        lock.lock();
        try {
            final List<String> removed = remove.run();
            if (!dryRun) {
                current = null;
                isTrusted = false;
            }
            return new CleanupReport(dryRun, removed, complaints.run());
        } catch (IOException e) {
            throw failure(backend, "not everything could be removed", e);
        } finally {
            lock.unlock();
        }
    }

    /** Has the next plan carried out whole; to be called within a task. */
    public void invalidate() {
        isTrusted = false;
    }

    /** Does something between two plans, on a thread that nobody waits for; a failure is told within the lock. */
    public void tend(Chore task, Consumer<IOException> failed) {
        lock.lock();
        try {
            task.run();
        } catch (IOException e) {
            failed.accept(e);
        } finally {
            lock.unlock();
        }
    }

    /** Does something that can't fail while nothing else is being done. */
    public void locked(Runnable task) {
        lock.lock();
        try {
            task.run();
        } finally {
            lock.unlock();
        }
    }
}
