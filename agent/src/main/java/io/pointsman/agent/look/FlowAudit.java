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
 * Has the engine decide connections again, dry, that a kernel has made: whether each went to an endpoint that it might have
 * gone to, with the source address that it should have. One thread.
 */
final class FlowAudit implements AutoCloseable {
    private static final int CAPACITY = 16; // flows: there are none

    private final NatEngine engine =
            NatEngine.create(EngineConfig.builder().capacity(CAPACITY).build());
    private NodeFacts node;

    FlowAudit(ForwardingPlan plan) {
        node = plan.node();
        engine.apply(plan, PlanDelta.whole(plan));
    }

    /** Goes by another plan from now on. */
    void use(ForwardingPlan plan) {
        node = plan.node();
        engine.apply(plan, PlanDelta.whole(plan));
    }

    /** Whether the engine might have done the same. */
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

    /** What the engine would have done. */
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

    /** A tracked connection has lost where it came in: where pods are told by that, it may have been a pod's. */
    private List<Optional<String>> ingresses() {
        return node.podDetector() instanceof PodDetector.ByInterface(String name, boolean _)
                ? List.of(Optional.empty(), Optional.of(name))
                : List.of(Optional.empty());
    }

    /** Which of the node's addresses stands for it is the kernel's choice; towards itself a client never sees its own. */
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
