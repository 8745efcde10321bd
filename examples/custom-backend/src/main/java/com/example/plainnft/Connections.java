package com.example.plainnft;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.ConntrackNetlink;
import io.pointsman.linux.conntrack.PlanFlows;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.FlowRecord;
import java.util.List;

/** Tracked connections that our rules made, as the kernel lists them. */
final class Connections {
    private Connections() {}

    /**
     * Removes UDP connections whose endpoint serves no more, or that began before there was one: rules only see a
     * connection's first packet, and a client that never pauses would send to nobody for ever.
     */
    static void removeStale(ForwardingPlan plan) throws KernelException {
        try (ConntrackNetlink connections = ConntrackNetlink.open()) {
            PlanFlows.removeStale(connections, plan, plan.rules().keySet(), (entry, rule) -> rule.stream()
                    .anyMatch(some -> some.frontend().protocol() == Protocol.UDP && !PlanFlows.isServed(entry, some)));
        }
    }

    static List<FlowRecord> list(ForwardingPlan plan) throws KernelException {
        try (ConntrackNetlink connections = ConntrackNetlink.open()) {
            return PlanFlows.list(connections, plan, ConntrackEntry::isDnat);
        }
    }
}
