package io.pointsman.nat;

import io.pointsman.model.IpFamily;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.jctools.queues.MpscArrayQueue;

/**
 * An engine's control thread, for embedders without one: an agent to be run by one {@link org.agrona.concurrent.AgentRunner}
 * or invoker. It executes the commands that other threads send, ends expired flows and publishes the counters. Sending a
 * command never blocks.
 *
 * <p>The caller closes the engine, after the agent's runner.
 */
public final class EngineAgent implements Agent {
    /** Most commands that may be queued. */
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

    /**
     * Creates an agent.
     *
     * @param clock source of the packets' timestamps
     */
    public EngineAgent(NatEngine engine, NanoClock clock) {
        this.engine = engine;
        this.clock = clock;
        nextSweepNanos = clock.nanoTime();
        nextCountersNanos = nextSweepNanos;
    }

    /**
     * Sends a plan to be put in force; any thread. Returns false if the queue is full and the plan was not taken. The sender
     * need not retry: its next plan replaces this one, even though that plan's delta no longer fits.
     */
    public boolean apply(ForwardingPlan plan, PlanDelta delta) {
        return commands.offer(new Command.Apply(plan, delta));
    }

    /**
     * Sends a call of {@link NatEngine#setMaxFlows}; any thread. Returns false if the queue is full. An exception of the call
     * goes to the runner's error handler.
     */
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
