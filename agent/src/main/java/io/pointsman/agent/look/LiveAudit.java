package io.pointsman.agent.look;

import io.pointsman.nat.Explanation;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.FlowRecord;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Audits connections of the kernel, as they come, against the plan in force. While plans change, a connection may have
 * been decided by the previous plan, or by one not announced yet. A connection in doubt is therefore checked again at
 * least 500 ms later, and is wrong only if no plan of that time allows it. Used by one thread.
 */
public final class LiveAudit implements AutoCloseable {
    /** Maximum time from a plan's effect in the kernel to {@link #inForce}. */
    private static final long SETTLING_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Maximum time from a connection's start to its event, during which the previous plan still counts. */
    private static final long OLD_PLAN_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final int MAX_DOUBTED = 1000;

    private final BiConsumer<FlowRecord, Explanation> wrongs;
    private final LongSupplier nanoClock;
    private final Deque<Doubted> doubted = new ArrayDeque<>();
    private FlowAudit inForce;
    private @Nullable FlowAudit before; // kept for the next plan: comparing costs less than compiling
    private boolean isBeforeCounted;
    private long number;
    private long changedNanos;
    private long right;
    private long wrong;
    private long unsure;

    /** A connection that no plan known at its arrival allows. */
    private record Doubted(FlowRecord flow, long nanos, long number) {}

    /**
     * Starts with a plan.
     *
     * @param number of the plan; each plan's is one more than that of the plan before
     * @param wrongs called with each wrong connection and the engine's decision
     */
    public LiveAudit(
            ForwardingPlan plan, long number, BiConsumer<FlowRecord, Explanation> wrongs, LongSupplier nanoClock) {
        this.wrongs = wrongs;
        this.nanoClock = nanoClock;
        this.number = number;
        inForce = new FlowAudit(plan);
        changedNanos = nanoClock.getAsLong();
    }

    /** Returns the number of the plan in use. */
    public long number() {
        return number;
    }

    /**
     * Switches to the plan that came into force.
     *
     * @param newNumber of the plan; if numbers were skipped, connections in doubt may have been decided by a plan in
     *     between, and remain unsure
     */
    public void inForce(ForwardingPlan plan, long newNumber) {
        final FlowAudit former = inForce;
        if (before == null) {
            inForce = new FlowAudit(plan);
        } else {
            before.use(plan);
            inForce = before;
        }
        before = former;
        isBeforeCounted = true;
        number = newNumber;
        changedNanos = nanoClock.getAsLong();
    }

    /** Checks a new connection. */
    public void look(FlowRecord flow) {
        if (isAdmitted(flow)) {
            right++;
        } else if (doubted.size() < MAX_DOUBTED) {
            doubted.add(new Doubted(flow, nanoClock.getAsLong(), number));
        } else {
            unsure++;
        }
    }

    private boolean isAdmitted(FlowRecord flow) {
        return inForce.admits(flow) || (isBeforeCounted && before != null && before.admits(flow));
    }

    /** Decides connections that were in doubt for long enough. Called periodically, while no plan is being written. */
    public void settle() {
        final long now = nanoClock.getAsLong();
        isBeforeCounted &= now - changedNanos < OLD_PLAN_NANOS;
        while (!doubted.isEmpty() && now - doubted.getFirst().nanos() >= SETTLING_NANOS) {
            final Doubted oldest = doubted.removeFirst();
            if (isAdmitted(oldest.flow())) {
                right++;
            } else if (number - oldest.number() > 1 || number < oldest.number()) {
                unsure++; // a plan in between may have allowed it
            } else {
                wrong++;
                wrongs.accept(oldest.flow(), inForce.decision(oldest.flow()));
            }
        }
    }

    /** Returns the number of connections that the engine could have decided the same. */
    public long right() {
        return right;
    }

    /** Returns the number of connections that the engine would have decided differently. */
    public long wrong() {
        return wrong;
    }

    /** Returns the number of undecidable connections: too many were in doubt at once, or plans changed too fast. */
    public long unsure() {
        return unsure;
    }

    /** Returns the number of connections in doubt now. */
    public int inDoubt() {
        return doubted.size();
    }

    @Override
    public void close() {
        inForce.close();
        if (before != null) {
            before.close();
        }
    }
}
