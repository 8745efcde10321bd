package io.pointsman.spi;

import io.pointsman.model.Measurement;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A running data plane. One thread applies plans; {@link #flows}, {@link #figures}, {@link #audit} and {@link #failure} may
 * run on any other thread at the same time.
 */
public interface Backend extends AutoCloseable {
    /**
     * Puts a plan in force. {@code delta} starts from the last plan applied; on the first call it contains the whole plan,
     * and state from an earlier run is reconciled with it, never flushed. A rule that can't be carried out is reported and
     * the others are applied.
     *
     * @throws BackendException if nothing could be changed; the previous plan is still in force, and the next call's
     *     delta starts from it
     */
    ApplyReport apply(ForwardingPlan plan, PlanDelta delta) throws BackendException;

    /** Compares the state in force with the last plan applied. Changes nothing. */
    AuditReport audit() throws BackendException;

    /**
     * Returns the reason why this backend can't go on in this process, in one sentence; empty while it works. A dead event
     * loop is such a failure; a fault that another {@link #apply} can repair is a finding of {@link #audit} instead. A
     * failure is final: once present, it stays. The agent asks every five seconds; on a failure it reports itself unhealthy
     * and exits, so that its supervisor restarts it. Any thread may call this; it only reads a field: no I/O, no lock that
     * {@link #apply} holds.
     */
    default Optional<String> failure() {
        return Optional.empty();
    }

    /**
     * Returns the backend's own metrics, added to the agent's at {@code /metrics}. Any thread may call this; it does no I/O.
     */
    default List<Measurement> measurements() {
        return List.of();
    }

    /**
     * Returns the connections it carries now, read one by one and not all at one instant. Close the stream. Reading it
     * throws {@link java.io.UncheckedIOException} if the rest can't be read.
     */
    Stream<FlowRecord> flows() throws BackendException;

    /**
     * Starts watching connections open and close; close the watch after use. A backend can't do this unless it overrides the
     * method. Any thread may call it.
     *
     * @throws BackendException if it can't watch, or allows no further watch
     */
    default FlowWatch watchFlows() throws BackendException {
        throw new BackendException("this backend can't report connections as they open and close");
    }

    /**
     * Returns what it counted for each service port; a port without counts may be missing. By default only the current
     * number of connections, from {@link #flows}: override it if there are counters.
     */
    default List<ServiceFigures> figures() throws BackendException {
        try (Stream<FlowRecord> flows = flows()) {
            return ServiceFigures.of(flows);
        }
    }

    /** Removes everything that this kind of backend set up on this node, also in earlier runs, and nothing else. */
    CleanupReport cleanup(boolean dryRun) throws BackendException;

    /** Releases the process's resources. State that forwards without the process stays in force. */
    @Override
    void close();
}
