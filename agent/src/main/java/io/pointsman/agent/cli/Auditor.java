package io.pointsman.agent.cli;

import io.pointsman.agent.look.LiveAudit;
import io.pointsman.model.ConfigException;
import io.pointsman.nat.Explanation;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowRecord;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** Audits an agent's connections as they come, and prints the wrong ones. Used by one thread. */
final class Auditor implements RunningAgent.Follower, AutoCloseable {
    private final RunningAgent agent;
    private final PrintWriter out;
    private final @Nullable Long limit;
    private final LiveAudit audit;
    private long losses;

    Auditor(RunningAgent agent, ForwardingPlan plan, PrintWriter out, @Nullable Long limit) {
        this.agent = agent;
        this.out = out;
        this.limit = limit;
        audit = new LiveAudit(plan, plan.version(), this::tell, System::nanoTime);
    }

    @Override
    public boolean changed(FlowChange change) {
        if (change.kind() == FlowChange.Kind.NEW && (limit == null || seen() < limit)) {
            audit.look(change.flow());
        }
        return goesOn();
    }

    @Override
    public boolean tick() throws ConfigException {
        if (agent.planVersion() != audit.number()) {
            final ForwardingPlan plan = agent.plan().plan();
            audit.inForce(plan, plan.version());
        }
        audit.settle();
        return goesOn();
    }

    private long seen() {
        return audit.right() + audit.wrong() + audit.unsure() + audit.inDoubt();
    }

    private boolean goesOn() {
        return limit == null || seen() < limit || audit.inDoubt() > 0;
    }

    private void tell(FlowRecord flow, Explanation decision) {
        out.println(flow.original() + " went to "
                + flow.reply().source().withPort(flow.reply().sourcePort()) + ", which sees "
                + flow.reply().destination() + "; the engine decides otherwise");
        decision.steps().forEach(step -> out.println("  " + step.words()));
        out.println("  " + decision.outcome());
    }

    @Override
    public void lost(long times) {
        losses = times;
    }

    /** Returns the totals in one line. */
    String summary() {
        return seen() + " connections checked, " + audit.wrong() + " not as the engine decides"
                + (audit.unsure() == 0 ? "" : ", " + audit.unsure() + " undecided because the plan changed")
                + (losses == 0 ? "" : "; others came too fast to be checked, " + losses + " times");
    }

    boolean isClean() {
        return audit.wrong() == 0;
    }

    @Override
    public void close() {
        audit.close();
    }
}
