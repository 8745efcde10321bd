package io.pointsman.linux.conntrack;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.model.Durations;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.model.Measurement.Metric;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Removes tracked connections that the current rules would not create, so that their next packet counts as a first one.
 * Rules see only a connection's first packet: a UDP client that never pauses would send for ever to an endpoint that is
 * gone, or to the VIP itself if it started before there was an endpoint.
 *
 * <p>Counts as kube-proxy's conntrack reconciler does; any thread may read the figures.
 */
public final class StaleFlows {
    private static final Metric DURATION = new Metric(
            "kubeproxy_conntrack_reconciler_sync_duration_seconds", "Time of a search for stale tracked connections");
    private static final Metric DELETED = new Metric(
            "kubeproxy_conntrack_reconciler_deleted_entries_total", "Stale tracked connections that were removed");

    private final Whereabouts place;
    private final boolean cutsTcp;
    private final PlanFlows.Staleness staleness;
    private final Map<IpFamily, Durations> durations = new EnumMap<>(IpFamily.class);
    private final Map<IpFamily, AtomicLong> deleted = new EnumMap<>(IpFamily.class);

    /**
     * Creates a remover for one backend.
     *
     * @param place namespace in which its connections are tracked
     * @param cutsTcp whether TCP and SCTP connections end with their endpoint, too, not only datagram flows
     * @param staleness which connections are stale; {@link #unserved} or {@link #untranslated}
     */
    public StaleFlows(Whereabouts place, boolean cutsTcp, PlanFlows.Staleness staleness) {
        this.place = place;
        this.cutsTcp = cutsTcp;
        this.staleness = staleness;
        for (IpFamily family : IpFamily.values()) {
            durations.put(family, Durations.exponential(0.001, 2, 15));
            deleted.put(family, new AtomicLong());
        }
    }

    /**
     * Whether a connection is stale under NAT rules: it is translated and its endpoint no longer serves, or it is a datagram
     * flow that bypasses the rules.
     */
    public static boolean unserved(ConntrackEntry entry, Optional<Rule> rule) {
        if (rule.isEmpty()) {
            return entry.isDnat();
        }
        if (!entry.isDnat() && entry.original().protocol() != Protocol.UDP.number()) {
            return false; // a connection of the node to a port that a Service took over later
        }
        return !PlanFlows.isServed(entry, rule.get());
    }

    /** Whether a connection is stale under IPVS, which leaves no sign in the entry: its peer is no endpoint in service. */
    public static boolean untranslated(ConntrackEntry entry, Optional<Rule> rule) {
        return rule.isEmpty() || !PlanFlows.isServed(entry, rule.get());
    }

    /**
     * Removes stale connections to the touched frontends; reads nothing if none of these needs it. Reports the result in
     * words, a failure as well: the rules are in force anyway, and such connections end when their clients pause.
     */
    public void remove(
            ForwardingPlan plan, Collection<Frontend> touched, Consumer<String> told, Consumer<String> warning) {
        try {
            final int removed = remove(plan, touched);
            if (removed > 0) {
                told.accept("removed " + removed + " connections to endpoints that are gone");
            }
        } catch (KernelException e) {
            warning.accept("connections to endpoints that are gone can't be removed: " + e.getMessage());
        }
    }

    private int remove(ForwardingPlan plan, Collection<Frontend> touched) throws KernelException {
        final Map<IpFamily, Set<Frontend>> concerned = touched.stream()
                .filter(frontend -> frontend.protocol() == Protocol.UDP || cutsTcp)
                .collect(Collectors.groupingBy(Frontend::family, Collectors.toSet()));
        if (concerned.isEmpty()) {
            return 0;
        }
        int removed = 0;
        try (ConntrackNetlink connections = place.call(ConntrackNetlink::open)) {
            for (Map.Entry<IpFamily, Set<Frontend>> family : concerned.entrySet()) {
                removed += remove(connections, plan, family.getKey(), family.getValue());
            }
        }
        return removed;
    }

    private int remove(ConntrackNetlink connections, ForwardingPlan plan, IpFamily family, Set<Frontend> concerned)
            throws KernelException {
        final long startNanos = System.nanoTime();
        final int removed = PlanFlows.removeStale(connections, plan, concerned, staleness);
        Objects.requireNonNull(durations.get(family)).add(System.nanoTime() - startNanos);
        Objects.requireNonNull(deleted.get(family)).addAndGet(removed);
        return removed;
    }

    /** Durations of the searches and numbers of removed connections, by family. */
    public List<Measurement> measurements() {
        final List<Measurement> all = new ArrayList<>();
        durations.forEach((family, some) -> all.add(some.measured(DURATION, labels(family))));
        deleted.forEach((family, count) -> all.add(new Measurement.Counter(DELETED, labels(family), count.get())));
        return all;
    }

    private static Map<String, String> labels(IpFamily family) {
        return Map.of("ip_family", family.toString());
    }
}
