package io.pointsman.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.health.TestClock;
import io.pointsman.model.Durations;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.model.Measurement.Metric;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The metrics page as a scraper parses it. */
class AgentMetricsTest {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-z_]+)(?:\\{((?:[a-z_]+=\"[^\"\\\\]*\",?)*)\\})? ([0-9.eE+-]+|\\+Inf|NaN)");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");

    private final TestClock clock = new TestClock();

    private AgentMetrics metrics(String mode) {
        return new AgentMetrics(clock, mode, Set.of(IpFamily.values()), new ProblemBoard());
    }

    /** A page's samples by name and labels, and the type of each family. Parsing fails if a line has another format. */
    private record Page(Map<String, Double> samples, Map<String, String> types) {
        static Page parse(String text) {
            final Map<String, Double> samples = new TreeMap<>();
            final Map<String, String> types = new TreeMap<>();
            for (String line : text.lines().toList()) {
                if (line.startsWith("# TYPE ")) {
                    final String[] words = line.split(" ", -1);
                    assertThat(types.put(words[2], words[3]))
                            .as("one TYPE for %s", words[2])
                            .isNull();
                } else if (!line.startsWith("# HELP ")) {
                    final Matcher sample = SAMPLE.matcher(line);
                    assertThat(sample.matches()).as(line).isTrue();
                    final Map<String, String> labels = new TreeMap<>();
                    final Matcher label =
                            LABEL.matcher(Optional.ofNullable(sample.group(2)).orElse(""));
                    while (label.find()) {
                        labels.put(label.group(1), label.group(2));
                    }
                    samples.put(
                            sample.group(1) + labels,
                            Double.parseDouble(sample.group(3).replace("+Inf", "Infinity")));
                }
            }
            return new Page(samples, types);
        }

        double value(String sample) {
            return Optional.ofNullable(samples.get(sample))
                    .orElseThrow(() -> new AssertionError(sample + " is not in " + samples.keySet()));
        }
    }

    private static String text(AgentMetrics metrics) {
        final TextPage page = new TextPage();
        metrics.write(page);
        return page.toString();
    }

    private static ObjectChange slice(Duration age, TestClock clock) {
        return new ObjectChange.Put(
                EndpointSlice.builder(new ObjectName("ns", "web-1"), new ObjectName("ns", "web"), IpFamily.IPV4)
                        .lastChangeTrigger(Optional.of(clock.instant().minus(age)))
                        .build());
    }

    private static ObjectChange service() {
        return new ObjectChange.Put(Service.builder(new ObjectName("ns", "web"))
                .clusterIps(List.of(IpAddress.parse("172.30.0.1")))
                .ports(List.of(new ServicePort("", Protocol.TCP, 80, 0)))
                .build());
    }

    /** Returns metrics with a value in every family: after a full sync and one of a change. */
    private AgentMetrics used() {
        final AgentMetrics metrics = metrics("iptables");
        clock.advance(Duration.ofSeconds(10));
        final List<ObjectChange> changes = List.of(slice(Duration.ofSeconds(1), clock));
        metrics.queued(changes);
        metrics.taken(List.of());
        metrics.writingAll();
        metrics.synced(1_500_000);
        metrics.taken(changes);
        metrics.writingChanges();
        metrics.synced(1_500_000);
        return metrics;
    }

    @Test
    void shouldHaveKubeProxysNamesAndTypes() {
        final Page page = Page.parse(text(used()));

        assertThat(page.types())
                .containsEntry("kubeproxy_sync_proxy_rules_duration_seconds", "histogram")
                .containsEntry("kubeproxy_sync_full_proxy_rules_duration_seconds", "histogram")
                .containsEntry("kubeproxy_sync_partial_proxy_rules_duration_seconds", "histogram")
                .containsEntry("kubeproxy_sync_proxy_rules_last_timestamp_seconds", "gauge")
                .containsEntry("kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds", "gauge")
                .containsEntry("kubeproxy_network_programming_duration_seconds", "histogram")
                .containsEntry("kubeproxy_sync_proxy_rules_endpoint_changes_pending", "gauge")
                .containsEntry("kubeproxy_sync_proxy_rules_endpoint_changes_total", "counter")
                .containsEntry("kubeproxy_sync_proxy_rules_service_changes_pending", "gauge")
                .containsEntry("kubeproxy_sync_proxy_rules_service_changes_total", "counter")
                .containsEntry("kubeproxy_sync_proxy_rules_no_local_endpoints_total", "gauge")
                .containsEntry("kubeproxy_sync_proxy_rules_iptables_restore_failures_total", "counter")
                .containsEntry("kubeproxy_sync_proxy_rules_iptables_partial_restore_failures_total", "counter")
                .containsEntry("kubeproxy_proxy_healthz_total", "counter")
                .containsEntry("kubeproxy_proxy_livez_total", "counter");
        for (String family : List.of("IPv4", "IPv6")) {
            assertThat(page.value(
                            "kubeproxy_sync_proxy_rules_duration_seconds_bucket{ip_family=" + family + ", le=0.002}"))
                    .isEqualTo(2);
            assertThat(page.value("kubeproxy_sync_full_proxy_rules_duration_seconds_count{ip_family=" + family + "}"))
                    .isEqualTo(1);
            assertThat(page.value("kubeproxy_sync_proxy_rules_no_local_endpoints_total{ip_family=" + family
                            + ", traffic_policy=internal}"))
                    .isZero();
            assertThat(page.value(
                            "kubeproxy_sync_proxy_rules_iptables_restore_failures_total{ip_family=" + family + "}"))
                    .isZero();
        }
        assertThat(page.samples().keySet().stream()
                        .filter(name ->
                                name.startsWith("kubeproxy_sync_proxy_rules_duration_seconds_bucket{ip_family=IPv4,"))
                        .count())
                .as("fifteen buckets and the rest")
                .isEqualTo(16);
    }

    @Test
    void shouldLeaveIptablesOutOfOtherModes() {
        assertThat(Page.parse(text(metrics("userspace"))).types().keySet())
                .noneMatch(name -> name.contains("iptables") || name.contains("_full_") || name.contains("_partial_"));
        assertThat(Page.parse(text(metrics("ipvs"))).types())
                .containsKey("kubeproxy_sync_proxy_rules_iptables_restore_failures_total")
                .doesNotContainKey("kubeproxy_sync_proxy_rules_iptables_partial_restore_failures_total");
    }

    @Test
    void shouldCountAChangeAsInForceOnlyOnceItIsWritten() {
        final AgentMetrics metrics = metrics("iptables");
        clock.advance(Duration.ofSeconds(10));
        final List<ObjectChange> changes = List.of(service(), slice(Duration.ofMillis(400), clock));
        metrics.queued(changes);
        metrics.taken(changes);
        metrics.writingChanges();
        metrics.syncFailed();

        final Page failed = Page.parse(text(metrics));
        assertThat(failed.value("kubeproxy_sync_proxy_rules_endpoint_changes_pending{}"))
                .isEqualTo(1);
        assertThat(failed.value("kubeproxy_sync_proxy_rules_service_changes_pending{}"))
                .isEqualTo(1);
        assertThat(failed.value("kubeproxy_sync_proxy_rules_iptables_partial_restore_failures_total{ip_family=IPv6}"))
                .isEqualTo(1);
        assertThat(failed.samples())
                .doesNotContainKey("kubeproxy_network_programming_duration_seconds_count{ip_family=IPv4}");

        clock.advance(Duration.ofSeconds(2));
        metrics.taken(List.of());
        metrics.writingAll();
        metrics.synced(1);

        final Page written = Page.parse(text(metrics));
        assertThat(written.value("kubeproxy_sync_proxy_rules_endpoint_changes_pending{}"))
                .isZero();
        assertThat(written.value("kubeproxy_sync_proxy_rules_service_changes_pending{}"))
                .isZero();
        assertThat(written.value("kubeproxy_sync_proxy_rules_endpoint_changes_total{}"))
                .isEqualTo(1);
        assertThat(written.value("kubeproxy_network_programming_duration_seconds_count{ip_family=IPv4}"))
                .isEqualTo(1);
        assertThat(written.value("kubeproxy_network_programming_duration_seconds_sum{ip_family=IPv4}"))
                .isEqualTo(2.4);
        assertThat(written.value("kubeproxy_network_programming_duration_seconds_bucket{ip_family=IPv4, le=2.0}"))
                .isZero();

        metrics.taken(List.of());
        metrics.synced(1);
        assertThat(Page.parse(text(metrics))
                        .value("kubeproxy_network_programming_duration_seconds_count{ip_family=IPv4}"))
                .as("once")
                .isEqualTo(1);
    }

    @Test
    void shouldNotTakeTimeOffWhenTheWallClockIsSetBack() {
        final AgentMetrics metrics = metrics("userspace");
        clock.advance(Duration.ofSeconds(60));
        final List<ObjectChange> changes = List.of(slice(Duration.ofSeconds(1), clock));
        metrics.queued(changes);
        metrics.taken(changes);
        clock.setWallClock(clock.instant().minusSeconds(30));
        metrics.synced(1);

        final Page page = Page.parse(text(metrics));
        assertThat(page.value("kubeproxy_network_programming_duration_seconds_count{ip_family=IPv4}"))
                .isEqualTo(1);
        assertThat(page.value("kubeproxy_network_programming_duration_seconds_sum{ip_family=IPv4}"))
                .isZero();
    }

    @Test
    void shouldNotCountWhatBeganBeforeThisProcess() {
        final AgentMetrics metrics = metrics("userspace");
        final List<ObjectChange> changes = List.of(slice(Duration.ofHours(1), clock));
        metrics.queued(changes);
        metrics.taken(changes);
        metrics.synced(1);

        assertThat(Page.parse(text(metrics)).samples())
                .doesNotContainKey("kubeproxy_network_programming_duration_seconds_count{ip_family=IPv4}");
    }

    @Test
    void shouldHaveBoundedLabels() {
        final Set<String> labels = new TreeSet<>();
        final Matcher label = LABEL.matcher(text(used()));
        while (label.find()) {
            labels.add(label.group(1));
        }

        assertThat(labels).isSubsetOf("code", "ip_family", "le", "mode", "origin", "traffic_policy");
    }

    @Test
    void shouldHaveWhatOthersCountInTheSameFormat() {
        final AgentMetrics metrics = metrics("iptables");
        final Durations durations = Durations.exponential(0.001, 2, 2);
        durations.add(1_000_000);
        durations.add(1_500_000);
        durations.add(1_000_000_000);
        metrics.include(() -> List.of(
                new Measurement.Gauge(new Metric("some_rules_total", "rules"), Map.of("table", "nat"), 3),
                new Measurement.Counter(
                        new Metric("some_requests_total", "a \\ b"), Map.of("code", "<\"error\">\n"), 1e9),
                durations.measured(new Metric("some_seconds", "time"), Map.of())));

        assertThat(text(metrics)).endsWith("""
                # HELP some_requests_total a \\\\ b
                # TYPE some_requests_total counter
                some_requests_total{code="<\\"error\\">\\n"} 1.0E9
                # HELP some_rules_total rules
                # TYPE some_rules_total gauge
                some_rules_total{table="nat"} 3.0
                # HELP some_seconds time
                # TYPE some_seconds histogram
                some_seconds_bucket{le="0.001"} 1.0
                some_seconds_bucket{le="0.002"} 2.0
                some_seconds_bucket{le="+Inf"} 3.0
                some_seconds_count 3.0
                some_seconds_sum 1.0025
                """);
    }
}
