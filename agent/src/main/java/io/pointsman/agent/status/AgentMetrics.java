package io.pointsman.agent.status;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.Severity;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.ApplyReport;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/**
 * What the agent counts. Names that kube-proxy has too mean the same here and begin with {@code kubeproxy_}; one sync writes
 * both families, so its time counts for each. Any thread may call it.
 */
public final class AgentMetrics {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double[] PROGRAMMING_BUCKETS = {
        0.25, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 90, 120, 180, 240, 300
    };

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final InstantSource clock;
    private final Instant start;
    private final Histogram syncDuration = Histogram.builder()
            .name("kubeproxy_sync_proxy_rules_duration_seconds")
            .help("Time of a sync, from changes to the data plane")
            .labelNames("ip_family")
            .classicOnly()
            .classicExponentialUpperBounds(0.001, 2, 15)
            .register(registry);
    private final Histogram programming = Histogram.builder()
            .name("kubeproxy_network_programming_duration_seconds")
            .help("From a change of endpoints in the cluster to its being in force here")
            .labelNames("ip_family")
            .classicOnly()
            .classicUpperBounds(PROGRAMMING_BUCKETS)
            .register(registry);
    private final Gauge lastSync =
            gauge("kubeproxy_sync_proxy_rules_last_timestamp_seconds", "When a sync last succeeded");
    private final Gauge lastQueued =
            gauge("kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds", "When a change last arrived");
    private final Counter serviceChanges =
            counter("kubeproxy_sync_proxy_rules_service_changes", "Changes of Services that arrived");
    private final Counter endpointChanges =
            counter("kubeproxy_sync_proxy_rules_endpoint_changes", "Changes of EndpointSlices that arrived");
    private final Counter healthz = replies("kubeproxy_proxy_healthz", "Replies of /healthz by status");
    private final Counter livez = replies("kubeproxy_proxy_livez", "Replies of /livez by status");
    private final Counter failures = counter("pointsman_sync_failures", "Syncs that failed");
    private final Gauge planVersion = plain("pointsman_plan_version", "The plan in force");
    private final Gauge rules = plain("pointsman_plan_rules", "Rules of the plan in force");
    private final Gauge rulesInForce = plain("pointsman_rules_in_force", "Rules that work, degraded ones included");
    private final Gauge pools = plain("pointsman_plan_pools", "Endpoint pools of the plan in force");

    /** @param mode the backend in use */
    public AgentMetrics(InstantSource clock, String mode, ProblemBoard problems) {
        this.clock = clock;
        start = clock.instant();
        Gauge.builder()
                .name("pointsman_mode")
                .help("The backend in use, by name")
                .labelNames("mode")
                .register(registry)
                .labelValues(mode)
                .set(1);
        count("pointsman_problems", "What is wrong now; /status says it in words", problems, Severity.ERROR);
        count("pointsman_warnings", "What works, but is hardly meant so; see /status", problems, Severity.WARNING);
        for (int status : new int[] {200, 503}) {
            healthz.initLabelValues(Integer.toString(status));
            livez.initLabelValues(Integer.toString(status));
        }
    }

    private void count(String name, String help, ProblemBoard problems, Severity severity) {
        final GaugeWithCallback _ = GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("origin")
                .callback(callback -> {
                    for (Problem.Origin origin : Problem.Origin.values()) {
                        callback.call(problems.count(origin, severity), origin.text());
                    }
                })
                .register(registry);
    }

    private Gauge gauge(String name, String help) {
        return Gauge.builder().name(name).help(help).labelNames("ip_family").register(registry);
    }

    private Gauge plain(String name, String help) {
        return Gauge.builder().name(name).help(help).register(registry);
    }

    private Counter counter(String name, String help) {
        return Counter.builder().name(name).help(help).register(registry);
    }

    private Counter replies(String name, String help) {
        return Counter.builder().name(name).help(help).labelNames("code").register(registry);
    }

    /** Changes came from the source. */
    public void queued(List<ObjectChange> changes, Set<IpFamily> families) {
        long services = 0;
        long slices = 0;
        for (ObjectChange change : changes) {
            switch (kind(change)) {
                case SERVICE -> services++;
                case ENDPOINT_SLICE -> slices++;
                case NODE -> {}
            }
        }
        serviceChanges.inc((double) services);
        endpointChanges.inc((double) slices);
        families.forEach(family -> lastQueued.labelValues(family.toString()).set(seconds(clock.instant())));
    }

    private static ClusterObject.Kind kind(ObjectChange change) {
        return switch (change) {
            case ObjectChange.Put put -> put.object().kind();
            case ObjectChange.Delete delete -> delete.kind();
        };
    }

    /** A sync of these changes succeeded. */
    public void synced(List<ObjectChange> changes, Set<IpFamily> families, long tookNanos) {
        final Instant now = clock.instant();
        for (IpFamily family : families) {
            syncDuration.labelValues(family.toString()).observe((double) tookNanos / NANOS_PER_SECOND);
            lastSync.labelValues(family.toString()).set(seconds(now));
        }
        for (ObjectChange change : changes) {
            if (change instanceof ObjectChange.Put(EndpointSlice slice)) {
                // What began before this process says nothing about how fast it is.
                slice.lastChangeTrigger().filter(start::isBefore).ifPresent(began -> programming
                        .labelValues(slice.family().toString())
                        .observe((double) Duration.between(began, now).toNanos() / NANOS_PER_SECOND));
            }
        }
    }

    public void syncFailed() {
        failures.inc();
    }

    /** A plan is in force. */
    public void applied(ForwardingPlan plan, ApplyReport report) {
        planVersion.set((double) plan.version());
        rules.set(plan.rules().size());
        rulesInForce.set(report.rulesInForce());
        pools.set(plan.pools().size());
    }

    public void healthzReplied(int status) {
        healthz.labelValues(Integer.toString(status)).inc();
    }

    public void livezReplied(int status) {
        livez.labelValues(Integer.toString(status)).inc();
    }

    private static double seconds(Instant instant) {
        return (double) instant.toEpochMilli() / 1000.0;
    }

    /** Everything, in Prometheus' text format 0.0.4. */
    public String toText() {
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create().write(text, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory can't fail", e);
        }
        return text.toString(StandardCharsets.UTF_8);
    }
}
