package io.pointsman.agent.audit;

import io.pointsman.agent.look.LiveAudit;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.model.Measurement;
import io.pointsman.model.Measurement.Metric;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowWatch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the engine decide each new connection of the kernel again, without effect, and counts those that it would have made
 * differently. Works on a thread of its own that nothing waits for: connections that come faster than it can check are
 * left out, and counted. Thread-safe.
 */
public final class ConnectionAudit implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMillis(250);
    private static final long TENDING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long RETRY_SECONDS = 30;
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionAudit.class);
    private static final Metric CONNECTIONS =
            new Metric("pointsman_audit_connections_total", "Connections that the engine checked");
    private static final Metric WRONG = new Metric(
            "pointsman_audit_wrong_total",
            "Connections that the kernel forwarded in another way than the engine would have");
    private static final Metric MISSED = new Metric(
            "pointsman_audit_missed_total",
            "Connections not checked: they came too fast, or the plan changed meanwhile");
    private static final Metric OVERRUNS = new Metric(
            "pointsman_audit_overruns_total",
            "Times that the kernel dropped connection events; each time may be many events");

    private final Opener opener;
    private final AuditProblems problems;
    private final LookingTime time = new LookingTime(System.nanoTime());
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "pointsman-audit");
    private volatile Counts counts = new Counts(0, 0, 0, 0);
    private volatile @Nullable InForce inForce; // where both are written, before isWriting; read after it
    private volatile boolean isWriting;
    private @Nullable LiveAudit audit; // this and the following fields: only the audit's thread
    private long missed;
    private long overruns;
    private long tendedNanos = System.nanoTime();

    /** Opens a watch of connections, as a backend does. */
    public interface Opener {
        FlowWatch open() throws BackendException;
    }

    private record Counts(long seen, long wrong, long missed, long overruns) {}

    private record InForce(ForwardingPlan plan, long number) {}

    /** @param reports whether wrong connections become problems, too */
    public ConnectionAudit(Opener opener, ProblemBoard board, boolean reports) {
        this.opener = opener;
        problems = new AuditProblems(board, reports);
        thread.setDaemon(true);
    }

    /**
     * Marks that a plan is about to be written: until it is in force, the kernel may have part of it. Control thread
     * only.
     */
    public void writing() {
        isWriting = true;
    }

    /** Takes the plan that came into force; the first one starts the audit. Control thread only. */
    public void applied(ForwardingPlan plan) {
        final InForce before = inForce;
        inForce = new InForce(plan, before == null ? 1 : before.number() + 1);
        isWriting = false;
        if (before == null) {
            thread.start();
        }
    }

    /** Returns the audit's counters. */
    public List<Measurement> measurements() {
        final Counts now = counts;
        return List.of(
                new Measurement.Counter(CONNECTIONS, Map.of(), (double) now.seen()),
                new Measurement.Counter(WRONG, Map.of(), (double) now.wrong()),
                new Measurement.Counter(MISSED, Map.of(), (double) now.missed()),
                new Measurement.Counter(OVERRUNS, Map.of(), (double) now.overruns()));
    }

    private void run() {
        try {
            do {
                try (FlowWatch watch = opener.open()) {
                    problems.trouble(Optional.empty());
                    follow(watch);
                } catch (BackendException e) {
                    problems.trouble(Optional.of(e.getMessage() + "; none is checked until they can be watched, which"
                            + " is retried every " + RETRY_SECONDS + " s"));
                    problems.publish(System.nanoTime());
                }
            } while (!closed.await(RETRY_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException _) {
            LOG.debug("audit interrupted, ends");
        } finally {
            if (audit != null) {
                audit.close();
            }
        }
    }

    private void follow(FlowWatch watch) throws BackendException {
        long losses = 0;
        while (closed.getCount() > 0) {
            watch.next(PATIENCE, this::look);
            overruns += watch.losses() - losses;
            losses = watch.losses();
            final long now = System.nanoTime();
            if (now - tendedNanos >= TENDING_NANOS) {
                tendedNanos = now;
                tend(now);
            }
        }
    }

    private void look(FlowChange change) {
        if (change.kind() != FlowChange.Kind.NEW) {
            return;
        }
        final LiveAudit current = takePlan();
        final long beginNanos = System.nanoTime();
        if (current == null || !time.isLeft(beginNanos)) {
            missed++;
        } else {
            current.look(change.flow());
            time.spend(System.nanoTime() - beginNanos);
        }
    }

    private @Nullable LiveAudit takePlan() {
        final InForce latest = inForce;
        if (latest == null) {
            return null;
        }
        if (audit == null) {
            audit = new LiveAudit(
                    latest.plan(),
                    latest.number(),
                    (flow, decision) -> problems.wrong(flow, decision, System.nanoTime()),
                    System::nanoTime);
        } else if (audit.number() != latest.number()) {
            audit.inForce(latest.plan(), latest.number());
        }
        return audit;
    }

    private void tend(long nowNanos) {
        final boolean isSettled = !isWriting; // read first: the plan read next is then the last one written
        final LiveAudit current = takePlan();
        if (current != null) {
            if (isSettled) {
                current.settle();
            }
            counts =
                    new Counts(current.right() + current.wrong(), current.wrong(), missed + current.unsure(), overruns);
        }
        problems.publish(nowNanos);
    }

    /** Ends the audit; its problems stay on the board. */
    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
