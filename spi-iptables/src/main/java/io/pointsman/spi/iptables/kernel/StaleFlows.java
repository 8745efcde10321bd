package io.pointsman.spi.iptables.kernel;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.ConntrackNetlink;
import io.pointsman.linux.conntrack.PlanFlows;
import io.pointsman.linux.conntrack.Sweeps;
import io.pointsman.model.Measurement;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes tracked connections that the rules of today would not make. Rules only see a connection's first packet, so a UDP
 * client that never pauses would send to an endpoint that is gone for ever, or to the VIP itself, if it began before there
 * was an endpoint.
 */
public final class StaleFlows {
    private static final Logger LOG = LoggerFactory.getLogger(StaleFlows.class);

    private final IptablesHost kernel;
    private final boolean cutsTcp;
    private final Sweeps sweeps = new Sweeps();

    public StaleFlows(IptablesHost kernel, boolean cutsTcp) {
        this.kernel = kernel;
        this.cutsTcp = cutsTcp;
    }

    /** Looks only at connections to frontends that were touched; reads nothing when none of those needs it. */
    public void remove(ForwardingPlan plan, Set<Frontend> touched) {
        final Set<Frontend> concerned = new HashSet<>(touched);
        concerned.removeIf(frontend -> frontend.protocol() != Protocol.UDP && !cutsTcp);
        if (concerned.isEmpty()) {
            return;
        }
        try (ConntrackNetlink connections = kernel.connections()) {
            final int removed = sweeps.removeStale(connections, plan, concerned, StaleFlows::isStale);
            if (removed > 0) {
                LOG.info("iptables: removed {} connections to endpoints that are gone", removed);
            }
        } catch (KernelException e) {
            // The rules are in force whatever comes of it, and such connections end when their clients pause.
            LOG.warn("iptables: connections to endpoints that are gone can't be removed: {}", e.getMessage());
        }
    }

    public List<Measurement> measurements() {
        return sweeps.measurements();
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
