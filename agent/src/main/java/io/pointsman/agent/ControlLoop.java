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
 * Takes changes from a source, and applies them to the data plane on one thread. Writes nothing before the source has
 * delivered its first complete state.
 */
final class ControlLoop implements ServiceSource.Listener, AutoCloseable {
    /**
     * Time for the running sync to end. Ten thousand Services take less; after it, the interrupt kills a program that
     * hangs.
     */
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

    /** @param housekeeping runs before each sync, whether or not anything changed; must not throw */
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

    /** Resolves plans with other options from the next run on, which starts as soon as possible. */
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

    /** Returns why no plan will be applied any more; empty while the loop runs. Any thread may call it. */
    Optional<String> failure() {
        return isOver ? Optional.of("the control thread ended, standard error says why") : Optional.empty();
    }

    /** Waits until a run is due; returns false once closed. */
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
            families.forEach(health::queued); // the failed change waits to be written, even if it is only a repair
            health.syncFailed();
        }
        lock.lock();
        try {
            schedule.finished(outcome, endNanos);
        } finally {
            lock.unlock();
        }
    }

    /** Contains the exception of a run: it is a bug, but must not take the proxy down. The next run starts over. */
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

    /** Ends after the current run, which is interrupted if it takes longer than a few seconds. What is in force stays. */
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
                    LOG.warn("the sync ignores the interrupt; the agent ends without it");
                }
            }
        } catch (InterruptedException _) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the control thread has ended. */
    boolean isEnded() {
        return !thread.isAlive();
    }
}
