package io.pointsman.agent.status;

import io.pointsman.model.IpFamily;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Optional;
import java.util.Set;

/**
 * kube-proxy's metrics on writing iptables rules, for the modes that write some. One sync writes both families, so it
 * counts for each. Used by one thread.
 */
final class WriteMetrics {
    /** Amount that a sync writes. */
    enum Extent {
        FULL,
        PARTIAL
    }

    private final Optional<Histogram> full;
    private final Optional<Histogram> partial;
    private final Optional<Counter> failures;
    private final Optional<Counter> partialFailures;
    private Optional<Extent> writing = Optional.empty();

    /** @param mode the backend in use */
    WriteMetrics(PrometheusRegistry registry, String mode) {
        final boolean isIptables = mode.equals("iptables");
        full = isIptables ? Optional.of(duration(registry, "full", "that wrote everything")) : Optional.empty();
        partial = isIptables
                ? Optional.of(duration(registry, "partial", "that wrote only what changed"))
                : Optional.empty();
        failures = isIptables || mode.equals("ipvs")
                ? Optional.of(failures(registry, "iptables_restore", "Syncs that could not be written"))
                : Optional.empty();
        partialFailures = isIptables
                ? Optional.of(failures(registry, "iptables_partial_restore", "Partial syncs that could not be written"))
                : Optional.empty();
    }

    private static Histogram duration(PrometheusRegistry registry, String extent, String help) {
        return Histogram.builder()
                .name("kubeproxy_sync_" + extent + "_proxy_rules_duration_seconds")
                .help("Time of a sync " + help)
                .labelNames("ip_family")
                .classicOnly()
                .classicExponentialUpperBounds(0.001, 2, 15)
                .register(registry);
    }

    private static Counter failures(PrometheusRegistry registry, String what, String help) {
        return Counter.builder()
                .name("kubeproxy_sync_proxy_rules_" + what + "_failures")
                .help(help)
                .labelNames("ip_family")
                .register(registry);
    }

    /** Creates the counters at zero, so that a rate includes the first failure. */
    void begin(Set<IpFamily> families) {
        for (IpFamily family : families) {
            failures.ifPresent(counter -> counter.initLabelValues(family.toString()));
            partialFailures.ifPresent(counter -> counter.initLabelValues(family.toString()));
        }
    }

    /** Records that a sync is about to write. */
    void writing(Extent extent) {
        writing = Optional.of(extent);
    }

    /** Records that the sync succeeded. */
    void written(Set<IpFamily> families, double seconds) {
        writing.flatMap(extent -> extent == Extent.FULL ? full : partial)
                .ifPresent(histogram -> families.forEach(
                        family -> histogram.labelValues(family.toString()).observe(seconds)));
        writing = Optional.empty();
    }

    /** Records that the sync failed. */
    void failed(Set<IpFamily> families) {
        writing.flatMap(extent -> extent == Extent.FULL ? failures : partialFailures)
                .ifPresent(counter -> families.forEach(
                        family -> counter.labelValues(family.toString()).inc()));
        writing = Optional.empty();
    }
}
