package io.pointsman.agent.look;

import io.pointsman.model.IpAddress;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.ExplainRequest;
import io.pointsman.nat.Explanation;
import io.pointsman.nat.NatEngine;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PodDetector;
import io.pointsman.spi.FlowRecord;
import java.util.List;
import java.util.Optional;

/**
 * Has the engine decide the kernel's connections again, without effect: whether each went to an endpoint that it could
 * have gone to, with the source address that it should have. Used by one thread.
 */
final class FlowAudit implements AutoCloseable {
    private static final int CAPACITY = 16; // flows of the engine, which tracks none here

    private final NatEngine engine =
            NatEngine.create(EngineConfig.builder().capacity(CAPACITY).build());
    private NodeFacts node;

    FlowAudit(ForwardingPlan plan) {
        node = plan.node();
        engine.apply(plan, PlanDelta.whole(plan));
    }

    /** Uses another plan from now on. */
    void use(ForwardingPlan plan) {
        node = plan.node();
        engine.apply(plan, PlanDelta.whole(plan));
    }

    /** Whether the engine could have decided the same. */
    boolean admits(FlowRecord flow) {
        final FlowRecord.Tuple reply = flow.reply();
        for (Optional<String> ingress : ingresses()) {
            final Optional<Explanation.Target> target =
                    engine.target(request(flow, ingress), reply.source(), reply.sourcePort(), System.nanoTime());
            if (target.isPresent() && isSource(target.get(), flow)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the engine's decision. */
    Explanation decision(FlowRecord flow) {
        return engine.explain(request(flow, ingresses().getFirst()), System.nanoTime());
    }

    private static ExplainRequest request(FlowRecord flow, Optional<String> ingress) {
        return new ExplainRequest(
                flow.original().protocol(),
                flow.original().source(),
                flow.original().sourcePort(),
                flow.original().destination(),
                flow.original().destinationPort(),
                ingress);
    }

    /**
     * Returns the possible input interfaces. A tracked connection does not record its own, so if pods are recognised by
     * interface, it may have come from a pod.
     */
    private List<Optional<String>> ingresses() {
        return node.podDetector() instanceof PodDetector.ByInterface(String name, boolean _)
                ? List.of(Optional.empty(), Optional.of(name))
                : List.of(Optional.empty());
    }

    /**
     * Whether the endpoint sees an expected source address. The kernel chooses among the node's addresses to masquerade
     * as; a client connected to itself never sees its own address.
     */
    private boolean isSource(Explanation.Target target, FlowRecord flow) {
        final IpAddress client = flow.original().source();
        final IpAddress seen = flow.reply().destination();
        final boolean isHairpin = flow.reply().source().equals(client);
        if (target.masquerade() || isHairpin) {
            return node.owns(seen)
                    || (target.change() != Explanation.SourceChange.NO_ADDRESS && seen.equals(target.source()));
        }
        return seen.equals(client);
    }

    @Override
    public void close() {
        engine.close();
    }
}
