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
 * Looks at connections that a kernel makes, as they come, by the plan that is in force. While a plan changes, a connection may be
 * of the one before or of one that is not told yet: one in doubt is looked at again a little later, and is wrong only if none of
 * them has it so. One thread.
 */
public final class LiveAudit implements AutoCloseable {
    /** So long a plan may be in force before it is told. */
    private static final long SETTLING_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** So long a connection may be told of after it was made. */
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

    /** One that the engine would not have made by the plans known when it came. */
    private record Doubted(FlowRecord flow, long nanos, long number) {}

    /**
     * Begins with a plan.
     *
     * @param number of the plan; the next one's is greater by one
     * @param wrongs told of each connection that is wrong, and of what the engine would have done
     */
    public LiveAudit(
            ForwardingPlan plan, long number, BiConsumer<FlowRecord, Explanation> wrongs, LongSupplier nanoClock) {
        this.wrongs = wrongs;
        this.nanoClock = nanoClock;
        this.number = number;
        inForce = new FlowAudit(plan);
        changedNanos = nanoClock.getAsLong();
    }

    /** Which plan it goes by. */
    public long number() {
        return number;
    }

    /**
     * Another plan is in force.
     *
     * @param newNumber where it is not the next one's, connections in doubt may have been made by one between, and stay so
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

    /** Looks at a new connection. */
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

    /** Settles what has been in doubt for long enough; to be called now and then, while no plan is being written. */
    public void settle() {
        final long now = nanoClock.getAsLong();
        isBeforeCounted &= now - changedNanos < OLD_PLAN_NANOS;
        while (!doubted.isEmpty() && now - doubted.getFirst().nanos() >= SETTLING_NANOS) {
            final Doubted oldest = doubted.removeFirst();
            if (isAdmitted(oldest.flow())) {
                right++;
            } else if (number - oldest.number() > 1 || number < oldest.number()) {
                unsure++; // a plan between may have had it so
            } else {
                wrong++;
                wrongs.accept(oldest.flow(), inForce.decision(oldest.flow()));
            }
        }
    }

    /** Connections that the engine might have made so. */
    public long right() {
        return right;
    }

    /** Connections that it would not have made so. */
    public long wrong() {
        return wrong;
    }

    /** Connections of which it can't be told: too many were in doubt at a time, or plans changed too fast. */
    public long unsure() {
        return unsure;
    }

    /** Those that are in doubt now. */
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
