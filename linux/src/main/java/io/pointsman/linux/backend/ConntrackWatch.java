package io.pointsman.linux.backend;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.conntrack.ConntrackEvent;
import io.pointsman.linux.conntrack.ConntrackEvents;
import io.pointsman.linux.conntrack.PlanFlows;
import io.pointsman.linux.netlink.NetlinkSocket.Received;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowWatch;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Connections to frontends of a plan, from events of the kernel's connection tracking. */
final class ConntrackWatch implements FlowWatch {
    private final String backend;
    private final ConntrackEvents events;
    private final Supplier<@Nullable ForwardingPlan> plan;
    private long losses;

    ConntrackWatch(String backend, ConntrackEvents events, Supplier<@Nullable ForwardingPlan> plan) {
        this.backend = backend;
        this.events = events;
        this.plan = plan;
    }

    @Override
    public void next(Duration patience, Consumer<FlowChange> changes) throws BackendException {
        try {
            final ForwardingPlan inForce = plan.get();
            final Received received = events.receive((int) patience.toMillis(), event -> {
                if (inForce != null && event.entry().isTranslated()) {
                    PlanFlows.of(event.entry(), inForce)
                            .ifPresent(flow -> changes.accept(new FlowChange(
                                    event.kind() == ConntrackEvent.Kind.NEW
                                            ? FlowChange.Kind.NEW
                                            : FlowChange.Kind.GONE,
                                    flow)));
                }
            });
            if (received == Received.OVERRUN) {
                losses++;
            }
        } catch (KernelException e) {
            throw KernelBackend.failure(backend, "the kernel stopped reporting connections", e);
        }
    }

    @Override
    public long losses() {
        return losses;
    }

    @Override
    public void close() {
        events.close();
    }
}
