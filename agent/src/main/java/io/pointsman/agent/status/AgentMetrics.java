package io.pointsman.agent.status;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.Severity;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Backend;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The agent's metrics. Those with a name of kube-proxy's have the same meaning and begin with {@code kubeproxy_}. One
 * sync writes both families, so its time counts for each. Thread-safe.
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
            .help("Time of a sync, from the changes to the updated data plane")
            .labelNames("ip_family")
            .classicOnly()
            .classicExponentialUpperBounds(0.001, 2, 15)
            .register(registry);
    private final Histogram programming = Histogram.builder()
            .name("kubeproxy_network_programming_duration_seconds")
            .help("Time from a change of endpoints in the cluster until it is in force here")
            .labelNames("ip_family")
            .classicOnly()
            .classicUpperBounds(PROGRAMMING_BUCKETS)
            .register(registry);
    private final Gauge lastSync =
            gauge("kubeproxy_sync_proxy_rules_last_timestamp_seconds", "Time of the last successful sync");
    private final Gauge lastQueued =
            gauge("kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds", "Time when the last change arrived");
    private final Gauge pendingServices = plain(
            "kubeproxy_sync_proxy_rules_service_changes_pending", "Changes of Services that are not in force yet");
    private final Gauge pendingSlices = plain(
            "kubeproxy_sync_proxy_rules_endpoint_changes_pending",
            "Changes of EndpointSlices that are not in force yet");
    private final UnwrittenChanges unwritten = new UnwrittenChanges(); // only the control thread
    private final WriteMetrics writes;
    private final Set<IpFamily> families;
    private final List<Supplier<List<Measurement>>> others = new CopyOnWriteArrayList<>();
    private volatile Optional<ServiceMetrics> services = Optional.empty();
    private final PlanMeasurements planMeasurements;
    private volatile @Nullable ForwardingPlan inForce;
    private final Counter serviceChanges =
            counter("kubeproxy_sync_proxy_rules_service_changes", "Changes of Services that arrived");
    private final Counter endpointChanges =
            counter("kubeproxy_sync_proxy_rules_endpoint_changes", "Changes of EndpointSlices that arrived");
    private final Counter healthz = replies("kubeproxy_proxy_healthz", "Replies of /healthz by status");
    private final Counter livez = replies("kubeproxy_proxy_livez", "Replies of /livez by status");
    private final Counter failures = counter("pointsman_sync_failures", "Syncs that failed");
    private final Counter drift = counter(
            "pointsman_drift_findings", "Differences from what the backend wrote that checks found and repaired");
    private final Gauge planVersion = plain("pointsman_plan_version", "Version of the plan in force");
    private final Gauge rules = plain("pointsman_plan_rules", "Rules of the plan in force");
    private final Gauge rulesInForce = plain("pointsman_rules_in_force", "Rules in force, degraded ones included");
    private final Gauge pools = plain("pointsman_plan_pools", "Endpoint pools of the plan in force");

    /**
     * @param mode the backend in use
     * @param families those that it forwards
     */
    public AgentMetrics(InstantSource clock, String mode, Set<IpFamily> families, ProblemBoard problems) {
        this.clock = clock;
        this.families = EnumSet.copyOf(families);
        planMeasurements = new PlanMeasurements(this.families);
        start = clock.instant();
        writes = new WriteMetrics(registry, mode);
        writes.begin(families);
        ProcessMetrics.builder().register(registry);
        Gauge.builder()
                .name("pointsman_mode")
                .help("The backend in use, by name")
                .labelNames("mode")
                .register(registry)
                .labelValues(mode)
                .set(1);
        count("pointsman_problems", "Current errors; /status describes each", problems, Severity.ERROR);
        count("pointsman_warnings", "Current warnings; /status describes each", problems, Severity.WARNING);
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

    /** Adds the measurements of another part to the page. */
    public void include(Supplier<List<Measurement>> other) {
        others.add(other);
    }

    /** Counts changes that came from the source. */
    public void queued(List<ObjectChange> changes) {
        final UnwrittenChanges counted = new UnwrittenChanges();
        counted.add(changes);
        serviceChanges.inc((double) counted.services());
        pendingServices.inc((double) counted.services());
        endpointChanges.inc((double) counted.slices());
        pendingSlices.inc((double) counted.slices());
        families.forEach(family -> lastQueued.labelValues(family.toString()).set(seconds(clock.instant())));
    }

    /** Records the changes that a sync takes, in addition to those that earlier ones failed to write. */
    public void taken(List<ObjectChange> changes) {
        unwritten.add(changes);
    }

    /** Records that the sync is about to write the whole plan. */
    public void writingAll() {
        writes.writing(WriteMetrics.Extent.FULL);
    }

    /** Records that the sync is about to write only changes. */
    public void writingChanges() {
        writes.writing(WriteMetrics.Extent.PARTIAL);
    }

    /** Records that the sync succeeded: all changes taken are in force. */
    public void synced(long tookNanos) {
        final Instant now = clock.instant();
        final double tookSeconds = (double) tookNanos / NANOS_PER_SECOND;
        for (IpFamily family : families) {
            syncDuration.labelValues(family.toString()).observe(tookSeconds);
            lastSync.labelValues(family.toString()).set(seconds(now));
        }
        writes.written(families, tookSeconds);
        for (UnwrittenChanges.Trigger trigger : unwritten.triggers()) {
            // A change made before this process started says nothing about its speed.
            if (start.isBefore(trigger.began())) {
                final long passedNanos = Duration.between(trigger.began(), now).toNanos();
                programming
                        .labelValues(trigger.family().toString())
                        .observe((double) Math.max(0, passedNanos) / NANOS_PER_SECOND); // a clock may be set back
            }
        }
        pendingServices.dec((double) unwritten.services());
        pendingSlices.dec((double) unwritten.slices());
        unwritten.clear();
    }

    /** Records that the sync failed: the next one writes its changes. */
    public void syncFailed() {
        failures.inc();
        writes.failed(families);
    }

    /** Counts the differences that a check found between the data plane and what was written. */
    public void drifted(int findings) {
        drift.inc((double) findings);
    }

    /** Takes the figures of the plan that came into force. */
    public void applied(ForwardingPlan plan, ApplyReport report) {
        inForce = plan;
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

    /**
     * Adds the backend's figures of each service port.
     *
     * @param limit maximum number of service ports, 0 or more; called at each scrape
     */
    public void showServices(Backend backend, IntSupplier limit) {
        services = Optional.of(new ServiceMetrics(backend::figures, limit, System::nanoTime));
    }

    private static double seconds(Instant instant) {
        return (double) instant.toEpochMilli() / 1000.0;
    }

    /** Adds everything to a page. */
    public synchronized void write(TextPage page) {
        try {
            PrometheusTextFormatWriter.create().write(new PageStream(page), registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory can't fail", e);
        }
        services.ifPresent(metrics -> metrics.write(page));
        final List<Measurement> counted = new ArrayList<>(planMeasurements.of(inForce));
        others.forEach(other -> counted.addAll(other.get()));
        page.text(MeasurementText.of(counted));
    }
}
