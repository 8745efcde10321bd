package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.ConntrackNetlink;
import io.pointsman.linux.conntrack.PlanFlows;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes tracked connections that the rules of today would not make: rules see a connection's first packet only, and a UDP
 * client that never pauses would send to an endpoint that is gone for ever.
 */
public final class StaleFlows {
    private static final Logger LOG = LoggerFactory.getLogger(StaleFlows.class);

    private final Whereabouts place;
    private final boolean cutsTcp;

    public StaleFlows(Whereabouts place, boolean cutsTcp) {
        this.place = place;
        this.cutsTcp = cutsTcp;
    }

    /** Looks only at connections to frontends that were touched; reads nothing when none of those needs it. */
    public void remove(ForwardingPlan plan, Set<Frontend> touched) {
        final Set<Frontend> concerned = new HashSet<>(touched);
        concerned.removeIf(frontend -> frontend.protocol() != Protocol.UDP && !cutsTcp);
        if (concerned.isEmpty()) {
            return;
        }
        try (ConntrackNetlink connections = place.call(ConntrackNetlink::open)) {
            final int removed = PlanFlows.removeStale(connections, plan, concerned, StaleFlows::isStale);
            if (removed > 0) {
                LOG.info("nftables: removed {} connections to endpoints that are gone", removed);
            }
        } catch (KernelException e) {
            // The rules are in force whatever comes of it, and such connections end when their clients pause.
            LOG.warn("nftables: connections to endpoints that are gone can't be removed: {}", e.getMessage());
        }
    }

    private static boolean isStale(ConntrackEntry entry, Optional<Rule> rule) {
        if (rule.isEmpty()) {
            return entry.isDnat();
        }
        if (!entry.isDnat() && entry.original().protocol() != Protocol.UDP.number()) {
            return false; // a connection of the node's own to a port that became a Service's
        }
        return !PlanFlows.isServed(entry, rule.get());
    }
}
