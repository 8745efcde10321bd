package io.pointsman.nat;

import io.pointsman.model.IpFamily;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.jctools.queues.MpscArrayQueue;

/**
 * An engine's control thread, for those who have none: an agent to be run by one {@link org.agrona.concurrent.AgentRunner} or
 * invoker. It carries out the commands that other threads send it, ends flows that are over and publishes the counters.
 * Sending never waits.
 *
 * <p>The engine is the caller's to close, after the agent's runner.
 */
public final class EngineAgent implements Agent {
    /** Commands that may wait. */
    public static final int QUEUE_SIZE = 1024;

    private static final int COMMANDS_AT_ONCE = 16;
    private static final int SWEEP_BUDGET = 4096; // slots: a fraction of a millisecond
    private static final long SWEEP_NANOS = 10_000_000L; // at most 400,000 slots a second
    private static final long COUNTERS_NANOS = 1_000_000_000L;

    private sealed interface Command {
        record Apply(ForwardingPlan plan, PlanDelta delta) implements Command {}

        record SetMaxFlows(IpFamily family, int flows) implements Command {}
    }

    private final NatEngine engine;
    private final NanoClock clock;
    private final MpscArrayQueue<Command> commands = new MpscArrayQueue<>(QUEUE_SIZE);
    private long nextSweepNanos;
    private long nextCountersNanos;

    /** @param clock the one that packets' times come from */
    public EngineAgent(NatEngine engine, NanoClock clock) {
        this.engine = engine;
        this.clock = clock;
        nextSweepNanos = clock.nanoTime();
        nextCountersNanos = nextSweepNanos;
    }

    /**
     * Any thread: has a plan put in force. False: too many commands wait, and this one was not taken. Nothing is lost if the
     * sender leaves it at that and sends its next plan: a delta that does not fit is ignored for the plan's sake.
     */
    public boolean apply(ForwardingPlan plan, PlanDelta delta) {
        return commands.offer(new Command.Apply(plan, delta));
    }

    /** Any thread: has {@link NatEngine#setMaxFlows} done. What it refuses, the runner's error handler is told. */
    public boolean setMaxFlows(IpFamily family, int flows) {
        return commands.offer(new Command.SetMaxFlows(family, flows));
    }

    @Override
    public int doWork() {
        int work = 0;
        for (Command command = commands.poll(); command != null; command = commands.poll()) {
            carryOut(command);
            if (++work == COMMANDS_AT_ONCE) {
                break;
            }
        }
        final long now = clock.nanoTime();
        if (now - nextSweepNanos >= 0) {
            nextSweepNanos = now + SWEEP_NANOS;
            work += engine.sweep(SWEEP_BUDGET, now);
        }
        if (now - nextCountersNanos >= 0) {
            nextCountersNanos = now + COUNTERS_NANOS;
            engine.publishCounters();
        }
        return work;
    }

    private void carryOut(Command command) {
        switch (command) {
            case Command.Apply apply -> engine.apply(apply.plan(), apply.delta(), clock.nanoTime());
            case Command.SetMaxFlows change -> engine.setMaxFlows(change.family(), change.flows());
        }
    }

    @Override
    public String roleName() {
        return "pointsman-engine";
    }
}
