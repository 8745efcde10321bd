package io.pointsman.examples.sourceip;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sample from end to end: the command line in a process of its own, real requests, a live edit, a broken one, the
 * end.
 */
class RunSampleTest {
    private static final String ANSWER = "CLIENT VALUES:\nclient_address=127.";

    @TempDir
    private Path folder;

    private SampleCluster sample;
    private HttpClient client;

    @BeforeEach
    void startEchoServers() throws IOException {
        sample = new SampleCluster(folder);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterEach
    void stopEchoServers() {
        client.close();
        sample.close();
    }

    @Test
    void shouldAnswerEverywhereWhenStartedWithTheSample() throws IOException, InterruptedException {
        try (AgentProcess agent = AgentProcess.start("run", "--config", sample.config)) {
            agent.awaitOutput("Ctrl-C stops");

            for (String vip : new String[] {"127.0.170.92", "127.0.129.17", "127.0.65.118", "127.0.113.140"}) {
                assertThat(get(vip, 8080, "/").body()).as(vip).startsWith(ANSWER);
                assertThat(agent.output()).contains("curl http://" + vip + ":" + sample.port(8080));
            }
            for (String node : new String[] {"127.0.0.1", "127.240.0.4"}) {
                assertThat(get(node, 30_080, "/").body()).as(node).startsWith(ANSWER);
                assertThat(get(node, 30_081, "/").body()).as(node).startsWith(ANSWER);
                assertThat(get(node, 32_122, "/healthz").body()).as(node).isEqualTo("1 Service Endpoints found");
            }
            assertThat(get("127.0.0.1", 10_249, "/proxyMode").body()).isEqualTo("userspace");
            assertThat(get("127.0.0.1", 10_249, "/healthz").body()).isEqualTo("ok");
            assertThat(get("127.0.0.1", 10_249, "/metrics").body())
                    .contains("kubeproxy_sync_proxy_rules_duration_seconds_count", "pointsman_plan_rules 6.0");
            assertThat(get("127.0.0.1", 10_256, "/healthz").statusCode()).isEqualTo(200);
            assertThat(get("127.0.0.1", 10_256, "/livez").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void shouldBeUnfitForLocalTrafficWhenRunAsAnotherNode() throws IOException, InterruptedException {
        try (AgentProcess agent =
                AgentProcess.start("run", "--config", sample.config, "--node", "kubernetes-node-cx31")) {
            agent.awaitOutput("Ctrl-C stops");

            final HttpResponse<String> health = get("127.240.0.5", 32_122, "/healthz");
            assertThat(health.statusCode()).isEqualTo(503);
            assertThat(health.body()).isEqualTo("No Service Endpoints Found");
            assertThat(get("127.240.0.5", 30_080, "/").body()).startsWith(ANSWER);
        }
    }

    @Test
    void shouldFollowAnEditAndKeepServingWhenTheNextIsBroken() throws IOException, InterruptedException {
        try (AgentProcess agent = AgentProcess.start("run", "--config", sample.config)) {
            agent.awaitOutput("Ctrl-C stops");

            sample.edit("127.0.170.92", "127.0.170.93");
            agent.awaitOutput("+ default/clusterip        ClusterIP     curl http://127.0.170.93:" + sample.port(8080));
            assertThat(get("127.0.170.93", 8080, "/").body()).startsWith(ANSWER);

            final Path services = sample.folder.resolve("services.yaml");
            final String good = Files.readString(services);
            Files.writeString(services, good.replaceFirst("type: ClusterIP", "type: ClusterIP\n  : - ["));
            agent.awaitOutput("WARN ProblemBoard - source: ");
            assertThat(status()).contains("\"origin\":\"source\"", "services.yaml:");
            assertThat(get("127.0.170.93", 8080, "/").body()).startsWith(ANSWER);

            Files.writeString(services, good);
            agent.awaitOutput("INFO ProblemBoard - source: solved: ");
            assertThat(get("127.0.170.93", 8080, "/").body()).startsWith(ANSWER);
        }
    }

    @Test
    void shouldReportTheYoungerServiceWhenTwoClaimOneAddress() throws IOException, InterruptedException {
        sample.edit("127.0.129.17", "127.0.170.92");
        try (AgentProcess agent = AgentProcess.start("run", "--config", sample.config)) {
            agent.awaitOutput("Ctrl-C stops");

            assertThat(status())
                    .contains("\"origin\":\"plan\"", "Service default/nodeport, TCP 127.0.170.92:" + sample.port(8080));
            assertThat(get("127.0.170.92", 8080, "/").body()).startsWith(ANSWER);
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenTerminated() throws IOException, InterruptedException {
        try (AgentProcess agent = AgentProcess.start("run", "--config", sample.config)) {
            agent.awaitOutput("Ctrl-C stops");
            assertThat(sample.agentPorts()).noneMatch(SampleCluster::isFree);

            agent.terminate();

            assertThat(agent.awaitExit()).isEqualTo(143); // 128 + SIGTERM, as a shell expects
            assertThat(sample.agentPorts()).allMatch(SampleCluster::isFree);
        }
    }

    private String status() throws IOException, InterruptedException {
        return get("127.0.0.1", 10_249, "/status").body();
    }

    private HttpResponse<String> get(String host, int samplePort, String path)
            throws IOException, InterruptedException {
        final URI uri = URI.create("http://" + host + ":" + sample.port(samplePort) + path);
        return client.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
