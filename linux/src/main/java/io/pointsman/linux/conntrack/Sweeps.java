package io.pointsman.linux.conntrack;

import io.pointsman.linux.KernelException;
import io.pointsman.model.Durations;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.model.Measurement.Metric;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** Looks through tracked connections for stale ones, and counts as kube-proxy's reconciler does. Any thread may ask what. */
public final class Sweeps {
    private static final Metric DURATION = new Metric(
            "kubeproxy_conntrack_reconciler_sync_duration_seconds", "Time of a search for stale tracked connections");
    private static final Metric DELETED = new Metric(
            "kubeproxy_conntrack_reconciler_deleted_entries_total", "Stale tracked connections that were removed");

    private final Map<IpFamily, Durations> durations = new EnumMap<>(IpFamily.class);
    private final Map<IpFamily, AtomicLong> deleted = new EnumMap<>(IpFamily.class);

    public Sweeps() {
        for (IpFamily family : IpFamily.values()) {
            durations.put(family, Durations.exponential(0.001, 2, 15));
            deleted.put(family, new AtomicLong());
        }
    }

    /** As {@link PlanFlows#removeStale}. */
    public int removeStale(
            ConntrackNetlink connections,
            ForwardingPlan plan,
            Collection<Frontend> concerned,
            PlanFlows.Staleness staleness)
            throws KernelException {
        int removed = 0;
        for (Map.Entry<IpFamily, Durations> family : durations.entrySet()) {
            final Set<Frontend> own = concerned.stream()
                    .filter(frontend -> frontend.family() == family.getKey())
                    .collect(Collectors.toSet());
            if (!own.isEmpty()) {
                final long startNanos = System.nanoTime();
                final int some = PlanFlows.removeStale(connections, plan, own, staleness);
                family.getValue().add(System.nanoTime() - startNanos);
                Objects.requireNonNull(deleted.get(family.getKey())).addAndGet(some);
                removed += some;
            }
        }
        return removed;
    }

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
