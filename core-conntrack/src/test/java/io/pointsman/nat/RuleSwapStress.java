package io.pointsman.nat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.nat.events.FlowEvents;
import io.pointsman.nat.flows.ProxiedFlows;
import io.pointsman.nat.policy.AffinityTable;
import io.pointsman.nat.policy.CompiledPlan;
import io.pointsman.nat.policy.CompiledPool;
import io.pointsman.nat.policy.CompiledRule;
import io.pointsman.nat.policy.Decider;
import io.pointsman.nat.policy.EndpointState;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Origin;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A rule's only endpoint is replaced, and its number freed, while a connection is decided. */
@JCStressTest
@State
@Outcome(id = "[12], 0", expect = Expect.ACCEPTABLE, desc = "to the old endpoint or the new one, and counted there")
@Outcome(
        id = "0, .*",
        expect = Expect.FORBIDDEN,
        desc = "a rule was there all the time, and the connection was refused")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "a flow counted for an endpoint it is not on, or never taken off: its number is never given up")
public class RuleSwapStress {
    private static final IpAddress CLIENT = IpAddress.parse("198.51.100.79");
    private static final IpAddress VIP = IpAddress.parse("10.0.0.1");
    private static final ForwardingPlan EMPTY = ForwardingPlan.empty(Plans.FACTS);
    private static final ForwardingPlan BEFORE =
            Plans.plan(1, Plans.rule(Protocol.TCP, "10.0.0.1", 80).to(Plans.endpoint("10.180.1.1", 8080)));
    private static final ForwardingPlan AFTER =
            Plans.plan(2, Plans.rule(Protocol.TCP, "10.0.0.1", 80).to(Plans.endpoint("10.180.1.2", 8080)));

    private final CompiledPlan plan = new CompiledPlan(Plans.FACTS);
    private final ProxiedFlows flows =
            new ProxiedFlows(new Decider(plan, new AffinityTable(1), 7, false), 10, new FlowEvents(2));
    private final EndpointState old;

    public RuleSwapStress() {
        Plans.apply(plan::apply, EMPTY, BEFORE);
        old = state();
    }

    private EndpointState state() {
        final CompiledRule rule = plan.rule(6, true, VIP.high(), VIP.low(), 80);
        final CompiledPool pool = rule == null ? null : rule.step(Origin.EXTERNAL).pool;
        if (pool == null) {
            throw new IllegalStateException("no rule forwards");
        }
        return pool.states[0];
    }

    @Actor
    public void control() {
        Plans.apply(plan::apply, BEFORE, AFTER);
    }

    @Actor
    public void packet(II_Result result) {
        if (flows.connect(Protocol.TCP, CLIENT, 1, VIP, 80, InputInterface.NONE, 0)
                instanceof ConnectDecision.Forward forward) {
            result.r1 = (int) forward.endpoint().address().low() & 0xFF;
        }
    }

    @Arbiter
    public void after(II_Result result) {
        final EndpointState fresh = state();
        final int onOld = result.r1 == 1 ? 1 : 0;
        final int onFresh = result.r1 == 2 ? 1 : 0;
        final boolean isKept = plan.endpoint(old.id) == old;
        result.r2 = old.flows() == onOld && fresh.flows() == onFresh && (isKept || onOld == 0) ? 0 : 1;
    }
}
