package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.ConnectionAuditing;
import io.pointsman.agent.deploy.MonitoringTest;
import io.pointsman.agent.status.Promtool;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole metrics page of an agent with iptables on a cluster, compared with the documents. It has all metrics except
 * some of service ports.
 */
class MetricsPageTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60); // only a failing test waits for it
    private static final Pattern ROW = Pattern.compile(
            "^\\| `((?:kubeproxy|pointsman|process|rest)_[a-z_]+)` \\| (\\w+)(?:; ([^|]*))? \\|", Pattern.MULTILINE);
    private static final Pattern TYPE = Pattern.compile("^# TYPE (\\S+) (\\S+)$", Pattern.MULTILINE);
    private static final String SERVICE = """
            {"kind":"Service","apiVersion":"v1","metadata":{"name":"dns","namespace":"default"},
             "spec":{"clusterIP":"10.96.0.10","ports":[{"port":53,"protocol":"UDP"}],"type":"ClusterIP"}}
            """;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    private static String slice(String address, Instant changed) {
        return """
                {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"dns-a",
                 "namespace":"default","labels":{"kubernetes.io/service-name":"dns"},
                 "annotations":{"endpoints.kubernetes.io/last-change-trigger-time":"%s"}},"addressType":"IPv4",
                 "endpoints":[{"addresses":["%s"]}],"ports":[{"name":"","port":53,"protocol":"UDP"}]}
                """.formatted(changed, address);
    }

    private static String page(Agent agent) throws IOException {
        final InetSocketAddress address = agent.status().metrics().orElseThrow();
        return new String(
                URI.create("http://127.0.0.1:" + address.getPort() + "/metrics")
                        .toURL()
                        .openStream()
                        .readAllBytes(),
                StandardCharsets.UTF_8);
    }

    private static String await(Agent agent, Predicate<String> wanted) throws Exception {
        final long deadline = System.nanoTime() + PATIENCE.toNanos();
        String page = page(agent);
        while (!wanted.test(page)) {
            assertThat(System.nanoTime()).as(page).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
            page = page(agent);
        }
        return page;
    }

    private static Map<String, String> found(Pattern pattern, String text) {
        final Map<String, String> found = new TreeMap<>();
        final Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.put(matcher.group(1), matcher.group(2));
        }
        return found;
    }

    @Test
    void shouldBeWhatTheDocumentsListWithTheirTypes() throws Exception {
        final LabHost node = labs.closing(Lab.open()).addHost("node");
        final FakeCluster cluster = new FakeCluster();
        cluster.put("{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"here\"}}");
        cluster.put(SERVICE);
        cluster.put(slice("10.244.0.5", Instant.now()));
        try (ApiTestServer server = new ApiTestServer(cluster);
                Agent agent = Agent.start(AgentConfig.builder()
                        .mode("iptables")
                        .node("here")
                        .kubeconfig(server.kubeconfig(folder))
                        .stateDirectory(folder.resolve("state"))
                        .minSyncPeriod(Duration.ZERO)
                        .connectionAuditing(ConnectionAuditing.COUNT)
                        .healthzBindAddress(Optional.empty())
                        .metricsBindAddress(Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                        .handOver(Optional.empty())
                        .backendSetting("netns", node.namespace().file().toString())
                        .backendSetting("flavour", "nft")
                        .build())) {
            final String first =
                    await(agent, page -> page.contains("kubeproxy_sync_full_proxy_rules_duration_seconds_count"));
            assertThat(first)
                    .contains("kubeproxy_conntrack_reconciler_sync_duration_seconds_count{ip_family=\"IPv4\"} 1.0")
                    .contains("kubeproxy_conntrack_reconciler_deleted_entries_total{ip_family=\"IPv4\"} 0.0")
                    .containsPattern(
                            "rest_client_requests_total\\{code=\"200\",host=\"127\\.[0-9.:]+\",method=\"GET\"\\}");

            cluster.put(slice("10.244.0.6", Instant.now()));
            final String second =
                    await(agent, page -> page.contains("kubeproxy_network_programming_duration_seconds_count"));

            final Map<String, String> shown = found(TYPE, second);
            final Map<String, String> documented = found(ROW, Files.readString(Path.of("..", "docs", "operations.md")));
            // Other modes have more figures of a service port: ServiceMetricsTest.
            documented.keySet().removeIf(name -> name.startsWith("pointsman_service_") && !shown.containsKey(name));
            documented
                    .keySet()
                    .removeIf(name -> name.startsWith("pointsman_flow_")); // the engine's, if it has the flows
            documented.keySet().removeIf(name -> name.startsWith("pointsman_nftables_")); // with a setting of that mode
            assertThat(shown).isEqualTo(documented);
            assertThat(shown).containsKeys(MonitoringTest.metricsOfAlerts().toArray(String[]::new));
            Promtool.checkMetrics(second);
            assertRuleCount(second, node);
        }
    }

    /**
     * Checks that the page has as many rules as the kernel, chains and jumps to them included, and that a change writes
     * fewer.
     */
    private static void assertRuleCount(String page, LabHost node) throws IOException {
        final long rules = node.run("iptables-nft-save", "-t", "nat")
                .output()
                .lines()
                .filter(line -> line.startsWith("-A "))
                .count();
        assertThat(page)
                .contains("kubeproxy_sync_proxy_rules_iptables_total{ip_family=\"IPv4\",table=\"nat\"} "
                        + (double) rules);
        final Matcher last = Pattern.compile(
                        "kubeproxy_sync_proxy_rules_iptables_last\\{ip_family=\"IPv4\",table=\"nat\"\\} (\\S+)")
                .matcher(page);
        assertThat(last.find()).isTrue();
        assertThat(Double.parseDouble(last.group(1))).isBetween(1.0, rules - 1.0);
    }
}
