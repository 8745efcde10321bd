package io.pointsman.agent.cli;

import io.pointsman.agent.look.FlowAudit;
import io.pointsman.model.ConfigException;
import io.pointsman.nat.Explanation;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowRecord;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks at connections as they come, by the plan that is in force. While a plan changes, a connection may be of the one before or
 * of one that is not told yet: one in doubt is looked at again a little later, and is wrong only if neither plan has it so. One
 * thread.
 */
final class Auditor implements RunningAgent.Follower, AutoCloseable {
    /** Within it an agent says that a plan is in force whose rules are. */
    private static final long SETTLING_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** So long a connection may be told of after it was made. */
    private static final long OLD_PLAN_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final int MAX_DOUBTED = 1000;

    private final RunningAgent agent;
    private final PrintWriter out;
    private final @Nullable Long limit;
    private FlowAudit inForce;
    private @Nullable FlowAudit before;
    private long version;
    private long changedNanos = System.nanoTime();
    private final Deque<Doubted> doubted = new ArrayDeque<>();
    private long seen;
    private long wrong;
    private long losses;

    Auditor(RunningAgent agent, ForwardingPlan plan, PrintWriter out, @Nullable Long limit) {
        this.agent = agent;
        this.out = out;
        this.limit = limit;
        inForce = new FlowAudit(plan);
        version = plan.version();
    }

    /** One that the engine would not have made by the plan known when it came. */
    private record Doubted(FlowRecord flow, long nanos) {}

    @Override
    public boolean changed(FlowChange change) throws ConfigException {
        if (change.kind() == FlowChange.Kind.NEW && (limit == null || seen < limit)) {
            seen++;
            if (objection(change.flow()).isPresent()) {
                doubted.add(new Doubted(change.flow(), System.nanoTime()));
            }
        }
        return doubted.size() < MAX_DOUBTED ? goesOn() : tick();
    }

    @Override
    public boolean tick() throws ConfigException {
        takePlan();
        final long now = System.nanoTime();
        while (!doubted.isEmpty()
                && (now - doubted.getFirst().nanos() >= SETTLING_NANOS || doubted.size() >= MAX_DOUBTED)) {
            final FlowRecord flow = doubted.removeFirst().flow();
            objection(flow).ifPresent(decision -> {
                wrong++;
                tell(flow, decision);
            });
        }
        return goesOn();
    }

    private boolean goesOn() {
        return limit == null || seen < limit || !doubted.isEmpty();
    }

    private Optional<Explanation> objection(FlowRecord flow) {
        final Optional<Explanation> now = inForce.objection(flow);
        return now.isPresent() && before != null && before.objection(flow).isEmpty() ? Optional.empty() : now;
    }

    private void takePlan() throws ConfigException {
        final long now = System.nanoTime();
        final boolean isOther = agent.planVersion() != version;
        if (before != null && (isOther || now - changedNanos >= OLD_PLAN_NANOS)) {
            before.close();
            before = null;
        }
        if (isOther) {
            final ForwardingPlan plan = agent.plan().plan();
            before = inForce;
            inForce = new FlowAudit(plan);
            version = plan.version();
            changedNanos = now;
        }
    }

    private void tell(FlowRecord flow, Explanation decision) {
        out.println(flow.original() + " went to "
                + flow.reply().source().withPort(flow.reply().sourcePort()) + ", which sees "
                + flow.reply().destination() + "; the engine would not have done so");
        decision.steps().forEach(step -> out.println("  " + step.words()));
        out.println("  " + decision.outcome());
    }

    @Override
    public void lost(long times) {
        losses = times;
    }

    /** What came of it, in a line. */
    String summary() {
        return seen + " connections looked at, " + wrong + " not as they should be"
                + (losses == 0 ? "" : "; others came too fast to be looked at, " + losses + " times");
    }

    boolean isClean() {
        return wrong == 0;
    }

    @Override
    public void close() {
        inForce.close();
        if (before != null) {
            before.close();
        }
    }
}
