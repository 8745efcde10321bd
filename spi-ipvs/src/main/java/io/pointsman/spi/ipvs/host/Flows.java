package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.ConntrackNetlink;
import io.pointsman.linux.conntrack.PlanFlows;
import io.pointsman.linux.conntrack.Sweeps;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Connections of virtual servers, as the kernel tracks them: their replies are expected from the destination. */
public final class Flows {
    private Flows() {}

    /** Those that go to a frontend of the plan and were translated. */
    public static List<FlowRecord> list(ForwardingPlan plan) throws KernelException {
        try (ConntrackNetlink connections = ConntrackNetlink.open()) {
            return PlanFlows.list(connections, plan, Flows::isTranslated);
        }
    }

    /** IPVS does not set the bit that says so. */
    private static boolean isTranslated(ConntrackEntry entry) {
        return !entry.reply().source().equals(entry.original().destination())
                || entry.reply().sourcePort() != entry.original().destinationPort();
    }

    /**
     * Removes datagram flows of these frontends whose endpoint no longer serves, and those that were never translated, so
     * that their next packet counts as new. Returns how many.
     */
    public static int removeStale(Sweeps sweeps, ForwardingPlan plan, Collection<Frontend> concerned)
            throws KernelException {
        final Set<Frontend> datagrams = concerned.stream()
                .filter(frontend -> frontend.protocol() == Protocol.UDP)
                .collect(Collectors.toSet());
        if (datagrams.isEmpty()) {
            return 0;
        }
        try (ConntrackNetlink connections = ConntrackNetlink.open()) {
            return sweeps.removeStale(connections, plan, datagrams, Flows::isStale);
        }
    }

    private static boolean isStale(ConntrackEntry entry, Optional<Rule> rule) {
        return rule.isEmpty() || !PlanFlows.isServed(entry, rule.get());
    }
}
