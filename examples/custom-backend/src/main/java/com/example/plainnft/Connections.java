package com.example.plainnft;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.conntrack.ConntrackDump;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.ConntrackNetlink;
import io.pointsman.linux.conntrack.PlanFlows;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Tracked connections that this backend's rules translated, as the kernel lists them. */
final class Connections {
    private Connections() {}

    /**
     * Removes UDP connections whose endpoint no longer serves, whose Service is gone, or that began before there was one.
     * Rules only see a connection's first packet, so a client that never pauses would send to a missing endpoint for
     * ever.
     */
    static void removeStale(ForwardingPlan plan, PlanDelta delta) throws KernelException {
        final Set<Frontend> concerned = new HashSet<>(plan.rules().keySet());
        delta.rules().forEach(change -> concerned.add(change.frontend())); // and those that are gone
        try (ConntrackNetlink connections = ConntrackNetlink.open()) {
            PlanFlows.removeStale(connections, plan, concerned, Connections::isStale);
        }
    }

    private static boolean isStale(ConntrackEntry entry, Optional<Rule> rule) {
        return entry.original().protocol() == Protocol.UDP.number()
                && rule.map(some -> !PlanFlows.isServed(entry, some)).orElse(entry.isDnat());
    }

    static Stream<FlowRecord> stream(ForwardingPlan plan) throws KernelException {
        return PlanFlows.stream(ConntrackDump.open(), plan, ConntrackEntry::isDnat);
    }
}
