package io.pointsman.nat.reference;

import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import java.util.Objects;

/** UDP flows that a change of the plan ends: whatever changed about their frontend, the rule of today has the word. */
final class UnservedUdp {
    private UnservedUdp() {}

    static boolean isUnserved(ModelFlow flow, ForwardingPlan before, ForwardingPlan now) {
        final Tuple original = flow.original;
        if (original.protocol() != Transport.UDP) {
            return false;
        }
        final Frontend vip = new Frontend(Protocol.UDP, original.destination(), original.destinationPort());
        final Frontend nodePort =
                Frontend.nodePort(Protocol.UDP, original.destination().family(), original.destinationPort());
        final boolean hasVipChanged = hasChanged(vip, before, now);
        if (!hasVipChanged && !hasChanged(nodePort, before, now)) {
            return false;
        }
        Rule rule = now.rules().get(vip);
        if (rule == null && (!hasVipChanged || now.node().servesNodePorts(original.destination()))) {
            rule = now.rules().get(nodePort);
        }
        return rule == null
                || rule.serving().endpoints().stream()
                        .noneMatch(endpoint -> endpoint.address().equals(flow.reply.source())
                                && endpoint.port() == flow.reply.sourcePort());
    }

    private static boolean hasChanged(Frontend frontend, ForwardingPlan before, ForwardingPlan now) {
        return !Objects.equals(before.rules().get(frontend), now.rules().get(frontend));
    }
}
