package io.pointsman.spi;

import io.pointsman.model.Measurement;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A data plane at work. One thread applies plans; {@link #flows}, {@link #figures}, {@link #audit} and
 * {@link #failure} may run on any other
 * at the same time.
 */
public interface Backend extends AutoCloseable {
    /**
     * Makes the plan true. {@code delta} leads from the last plan applied; the first call's delta is the whole plan, and
     * whatever an earlier run left behind is reconciled with it, never flushed. A rule that can't be carried out is
     * reported and the others are applied.
     *
     * @throws BackendException when nothing could be changed; the previous plan is still in force, and the next call's
     *     delta starts from it
     */
    ApplyReport apply(ForwardingPlan plan, PlanDelta delta) throws BackendException;

    /** Compares what is in force with the last plan applied. Changes nothing. */
    AuditReport audit() throws BackendException;

    /**
     * Why this backend can't go on in this process, in one sentence; empty while it works. An event loop that ended is such
     * a failure; whatever another {@link #apply} can repair is a finding of {@link #audit} instead. It is final: once
     * present, it stays. The agent asks every five seconds, then reports itself unhealthy and ends, so that whatever
     * supervises the process starts it again. Any thread may call it; it only reads a field: no I/O, no lock that
     * {@link #apply} holds.
     */
    default Optional<String> failure() {
        return Optional.empty();
    }

    /** What it counts beside what the agent does, for {@code /metrics}. Any thread may call it; it does no I/O. */
    default List<Measurement> measurements() {
        return List.of();
    }

    /**
     * The connections it carries now: a snapshot, one after the other and not all at one instant. Close the stream. Reading it
     * throws {@link java.io.UncheckedIOException} where it can't be had to its end.
     */
    Stream<FlowRecord> flows() throws BackendException;

    /**
     * Watches connections come and go; close it. By default a backend can't. Any thread may call it.
     *
     * @throws BackendException when it can't, or not for one more
     */
    default FlowWatch watchFlows() throws BackendException {
        throw new BackendException("this backend does not tell of connections as they come and go");
    }

    /**
     * What it counted for each service port; those that it knows nothing of may be missing. By default only how many
     * connections there are now, by {@link #flows}: override it where there are counters.
     */
    default List<ServiceFigures> figures() throws BackendException {
        try (Stream<FlowRecord> flows = flows()) {
            return ServiceFigures.of(flows);
        }
    }

    /** Removes everything that this kind of backend set up on this node, also in earlier runs, and nothing else. */
    CleanupReport cleanup(boolean dryRun) throws BackendException;

    /** Lets go of the process's resources. What forwards without the process stays in force. */
    @Override
    void close();
}
