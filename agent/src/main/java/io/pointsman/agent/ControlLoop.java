package io.pointsman.agent;

import io.pointsman.agent.SyncSchedule.Outcome;
import io.pointsman.agent.health.ProxyHealth;
import io.pointsman.agent.status.AgentMetrics;
import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ServiceSource;
import io.pointsman.plan.PlanOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes changes from a source, and has one thread bring them to the data plane. Nothing is written before the source has
 * delivered its first complete state.
 */
final class ControlLoop implements ServiceSource.Listener, AutoCloseable {
    /** For the sync under way. Ten thousand Services take less; a program that hangs is killed by the interrupt then. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(4);

    private static final Duration INTERRUPT_TIMEOUT = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);

    private final Reconciler reconciler;
    private final ProxyHealth health;
    private final Set<IpFamily> families;
    private final ProblemBoard problems;
    private final AgentMetrics metrics;
    private final Runnable housekeeping;
    private final SyncSchedule schedule;
    private final Thread thread = new Thread(this::run, "pointsman-control");

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private List<ObjectChange> queued = new ArrayList<>();
    private @Nullable PlanOptions newOptions;
    private boolean synced;
    private boolean closed;
    private volatile boolean isOver;

    /** @param housekeeping what is to be done with each run whether or not something changed; must not throw */
    ControlLoop(
            Reconciler reconciler,
            ProxyHealth health,
            Set<IpFamily> families,
            ProblemBoard problems,
            AgentMetrics metrics,
            Runnable housekeeping,
            SyncSchedule schedule) {
        this.reconciler = reconciler;
        this.health = health;
        this.families = families;
        this.problems = problems;
        this.metrics = metrics;
        this.housekeeping = housekeeping;
        this.schedule = schedule;
    }

    void start() {
        thread.start();
    }

    @Override
    public void changed(List<ObjectChange> changes) {
        if (changes.isEmpty()) {
            return;
        }
        families.forEach(health::queued);
        metrics.queued(changes);
        lock.lock();
        try {
            queued.addAll(changes);
            schedule.request();
            news.signal();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void synced() {
        lock.lock();
        try {
            synced = true;
            schedule.request();
            news.signal();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void problems(List<ServiceSource.Problem> current) {
        problems.replace(
                Problem.Origin.SOURCE,
                current.stream()
                        .map(problem -> new Problem(
                                Problem.Origin.SOURCE, problem.where(), problem.severity(), problem.reason()))
                        .toList());
    }

    /** Brings plans of other options to the data plane from the next run on, which comes as soon as may be. */
    void reconfigure(PlanOptions options, Duration minGap, Duration period) {
        lock.lock();
        try {
            newOptions = options;
            schedule.reconfigure(minGap, period);
            schedule.request();
            news.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (awaitTurn()) {
                runOnce();
            }
        } catch (InterruptedException _) {
            LOG.debug("control loop interrupted, ends");
        } finally {
            isOver = true;
        }
    }

    /** Why no plan will be applied any more, empty while some will; any thread may ask. */
    Optional<String> failure() {
        return isOver ? Optional.of("the control thread ended, standard error says why") : Optional.empty();
    }

    /** Waits until a run is due; false once closed. */
    private boolean awaitTurn() throws InterruptedException {
        lock.lock();
        try {
            while (!closed) {
                final long waitNanos = schedule.waitNanos(System.nanoTime());
                if (!synced) {
                    news.await();
                } else if (waitNanos > 0) {
                    final long _ = news.awaitNanos(waitNanos);
                } else {
                    return true;
                }
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void runOnce() {
        final List<ObjectChange> changes;
        final Optional<PlanOptions> options;
        lock.lock();
        try {
            changes = queued;
            queued = new ArrayList<>();
            options = Optional.ofNullable(newOptions);
            newOptions = null;
            schedule.started();
        } finally {
            lock.unlock();
        }
        health.syncStarted();
        options.ifPresent(reconciler::use);
        metrics.taken(changes);
        housekeeping.run();
        final long startNanos = System.nanoTime();
        final Outcome outcome = runContained(changes);
        final long endNanos = System.nanoTime();
        if (outcome != Outcome.FAILED) {
            families.forEach(health::updated);
            metrics.synced(endNanos - startNanos);
        } else {
            families.forEach(health::queued); // what failed waits to be written, be it only a repair
            health.syncFailed();
        }
        lock.lock();
        try {
            schedule.finished(outcome, endNanos);
        } finally {
            lock.unlock();
        }
    }

    /** A run that throws is a bug that must not take the proxy down: the next one starts over. */
    private Outcome runContained(List<ObjectChange> changes) {
        try {
            final boolean checks = changes.isEmpty();
            final Outcome outcome = reconciler.run(changes, checks);
            problems.replace(Problem.Origin.SYNC, List.of());
            return outcome;
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            LOG.error("a sync failed unexpectedly, what was in force stays; it is tried again", e);
            metrics.syncFailed();
            problems.replace(
                    Problem.Origin.SYNC,
                    List.of(new Problem(Problem.Origin.SYNC, "sync", "failed unexpectedly, tried again: " + e)));
            reconciler.startOver();
            return Outcome.FAILED;
        }
    }

    /** Ends after the run under way, which is interrupted when it takes longer than a few seconds. What is in force stays. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            news.signal();
        } finally {
            lock.unlock();
        }
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            if (!thread.join(CLOSE_TIMEOUT)) {
                LOG.warn(
                        "a sync has not ended {} s after close, it is interrupted at {}",
                        CLOSE_TIMEOUT.toSeconds(),
                        ClosingSteps.place(thread));
                thread.interrupt();
                if (!thread.join(INTERRUPT_TIMEOUT)) {
                    LOG.warn("the sync goes on all the same; it is left behind");
                }
            }
        } catch (InterruptedException _) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    /** Whether its thread has ended. */
    boolean isEnded() {
        return !thread.isAlive();
    }
}
