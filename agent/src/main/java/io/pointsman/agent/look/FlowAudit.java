package io.pointsman.agent.look;

import io.pointsman.model.IpAddress;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.ExplainRequest;
import io.pointsman.nat.Explanation;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.spi.FlowRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Has the engine decide connections again, dry, that a kernel has made: whether each went to an endpoint that it might have
 * gone to, with the source address that it should have. One thread.
 */
public final class FlowAudit implements AutoCloseable {
    private static final int CAPACITY = 16; // flows: there are none

    private final NatEngine engine =
            NatEngine.create(EngineConfig.builder().capacity(CAPACITY).build());
    private final NodeFacts node;

    public FlowAudit(ForwardingPlan plan) {
        node = plan.node();
        engine.apply(plan, PlanDelta.whole(plan));
    }

    /** What the engine would have done, where it is not what was done; empty where it is. */
    public Optional<Explanation> objection(FlowRecord flow) {
        final List<Explanation> decisions = new ArrayList<>();
        for (Optional<String> ingress : ingresses()) {
            final Explanation decision = engine.explain(
                    new ExplainRequest(
                            flow.original().protocol(),
                            flow.original().source(),
                            flow.original().sourcePort(),
                            flow.original().destination(),
                            flow.original().destinationPort(),
                            ingress),
                    System.nanoTime());
            if (admits(decision, flow)) {
                return Optional.empty();
            }
            decisions.add(decision);
        }
        return Optional.of(decisions.getFirst());
    }

    /** A tracked connection has lost where it came in: where pods are told by that, it may have been a pod's. */
    private List<Optional<String>> ingresses() {
        return node.podDetector() instanceof PodDetector.ByInterface(String name, boolean _)
                ? List.of(Optional.empty(), Optional.of(name))
                : List.of(Optional.empty());
    }

    /** Which endpoint is each mode's own choice; that it is one of them is not. */
    private boolean admits(Explanation decision, FlowRecord flow) {
        final FlowRecord.Tuple reply = flow.reply();
        return decision.verdict() == Verdict.FORWARD
                && decision.candidates().stream().anyMatch(endpoint -> is(endpoint, reply))
                && decision.targets().stream()
                        .filter(target -> is(target.endpoint(), reply))
                        .findFirst()
                        .or(() -> decision.targets().stream().findFirst())
                        .map(target -> isSource(target, flow))
                        .orElse(false);
    }

    private static boolean is(PoolEndpoint endpoint, FlowRecord.Tuple reply) {
        return endpoint.address().equals(reply.source()) && endpoint.port() == reply.sourcePort();
    }

    /** Which of the node's addresses stands for it is the kernel's choice; towards itself a client never sees its own. */
    private boolean isSource(Explanation.Target target, FlowRecord flow) {
        final IpAddress client = flow.original().source();
        final IpAddress seen = flow.reply().destination();
        final boolean isHairpin = flow.reply().source().equals(client);
        if (target.masquerade() || isHairpin) {
            return node.owns(seen) || seen.equals(target.source());
        }
        return seen.equals(client);
    }

    @Override
    public void close() {
        engine.close();
    }
}
