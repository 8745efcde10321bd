package io.pointsman.agent.look;

import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Counts the connections that lose their endpoint when another plan comes into force. UDP flows to an endpoint that no
 * longer serves end at once; TCP and SCTP connections continue as long as the endpoint does. Used by one thread.
 */
public final class EndingConnections {
    private final ForwardingPlan after;
    private final SortedMap<ObjectName, Count> byService = new TreeMap<>();

    /** Counts of a Service's connections that lose their endpoint: UDP flows, which end, and others, which may continue. */
    public record Count(int ended, int left) {
        private Count plus(boolean isEnded) {
            return new Count(ended + (isEnded ? 1 : 0), left + (isEnded ? 0 : 1));
        }
    }

    public EndingConnections(ForwardingPlan after) {
        this.after = after;
    }

    /** Counts a connection if it loses its endpoint. */
    public void note(FlowRecord flow) {
        final FlowRecord.Tuple to = flow.original();
        if (flow.owner().isEmpty() || isServed(flow)) {
            return;
        }
        byService.merge(
                flow.owner().get().service(),
                new Count(0, 0).plus(to.protocol() == Protocol.UDP),
                (known, _) -> known.plus(to.protocol() == Protocol.UDP));
    }

    private boolean isServed(FlowRecord flow) {
        final FlowRecord.Tuple to = flow.original();
        if (to.destinationPort() == 0 || to.destination().isUnspecified()) {
            return true; // has no frontend
        }
        Optional<Rule> rule = after.rule(new Frontend(to.protocol(), to.destination(), to.destinationPort()));
        if (rule.isEmpty() && after.node().servesNodePorts(to.destination())) {
            rule = after.rule(Frontend.nodePort(to.protocol(), to.destination().family(), to.destinationPort()));
        }
        return rule.isPresent()
                && rule.get().serving().endpoints().stream()
                        .anyMatch(endpoint -> endpoint.port() == flow.reply().sourcePort()
                                && endpoint.address().equals(flow.reply().source()));
    }

    /** Returns the counts of each Service that has some. */
    public SortedMap<ObjectName, Count> byService() {
        return byService;
    }
}
