package io.pointsman.nat.flows;

import io.pointsman.conntrack.FlowObserver;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.nat.events.FlowEvent;
import io.pointsman.nat.events.FlowEvents;
import io.pointsman.nat.policy.CompiledPlan;
import io.pointsman.nat.policy.EndpointState;
import java.util.concurrent.atomic.LongAdder;

/** Listener for the ends of a table's flows: uncounts the flow at its endpoint and publishes the event. */
public final class FlowEnds implements FlowObserver {
    private final CompiledPlan plan;
    private final FlowEvents events;
    private final boolean isIpv6;
    private final LongAdder ended = new LongAdder();
    private final LongAdder droppedEarly = new LongAdder();

    public FlowEnds(CompiledPlan plan, FlowEvents events, boolean isIpv6) {
        this.plan = plan;
        this.events = events;
        this.isIpv6 = isIpv6;
    }

    @Override
    public void ended(long original, long reply, End end, long nowNanos) {
        final EndpointState endpoint = plan.endpoint(FlowSlot.tag(original));
        if (endpoint != null) {
            endpoint.release();
        }
        ended.increment();
        if (end == End.EARLY_DROP) {
            droppedEarly.increment();
        }
        if (events.isRead()) {
            final FlowEvent.Type type = end == End.EARLY_DROP ? FlowEvent.Type.EARLY_DROP : FlowEvent.Type.DESTROY;
            events.publishSlots(type, isIpv6, original, reply, nowNanos);
        }
    }

    /** Number of flows that have ended, for any reason. */
    public long ended() {
        return ended.sum();
    }

    /** Number of flows that were ended without a reply, to make room. */
    public long droppedEarly() {
        return droppedEarly.sum();
    }
}
