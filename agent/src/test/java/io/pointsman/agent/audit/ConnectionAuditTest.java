package io.pointsman.agent.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.Agent;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.ConnectionAuditing;
import io.pointsman.agent.status.Problem;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An agent that audits its kernel's connections. */
@Timeout(180)
class ConnectionAuditTest {
    private static final IpAddress VIP = IpAddress.parse("10.96.0.1");
    private static final int PORT = 8080;
    private static final int PLANS = 60;
    private static final int CONNECTIONS_FOR_EACH = 25;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    private LabHost node() throws IOException {
        final LabHost node = labs.closing(Lab.open()).addHost("node");
        for (String address : List.of("10.0.0.7", "10.0.0.8", "10.0.0.9")) {
            node.addAddress("lo", IpAddress.parse(address), 32);
            node.serveEcho(Protocol.TCP, IpAddress.parse(address), PORT);
        }
        node.routeToSelf(Cidr.parse("10.96.0.0/12"), IpAddress.parse("10.0.0.7"));
        return node;
    }

    private void write(Path manifest, List<String> endpoints) throws IOException {
        final Path next = Files.writeString(folder.resolve("next"), """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: default}
                spec:
                  clusterIP: %s
                  ports: [{name: http, port: %d, protocol: TCP}]
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: web-a, namespace: default, labels: {kubernetes.io/service-name: web}}
                addressType: IPv4
                endpoints: [{addresses: [%s], nodeName: here}]
                ports: [{name: http, port: %d, protocol: TCP}]
                ---
                apiVersion: v1
                kind: Node
                metadata: {name: here}
                status: {addresses: [{type: InternalIP, address: 10.0.0.7}]}
                """.formatted(
                        VIP, PORT, String.join("], nodeName: here}, {addresses: [", endpoints), PORT));
        Files.move(next, manifest, StandardCopyOption.ATOMIC_MOVE);
    }

    private AgentConfig.Builder config(Path manifest) {
        return AgentConfig.builder()
                .node("here")
                .manifest(manifest)
                .stateDirectory(folder.resolve("state"))
                .minSyncPeriod(Duration.ZERO)
                .healthzBindAddress(Optional.empty())
                .metricsBindAddress(Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                .handOver(Optional.empty());
    }

    private static long metric(Agent agent, String name) throws IOException {
        final int port = agent.status().metrics().orElseThrow().getPort();
        final String page = new String(
                URI.create("http://127.0.0.1:" + port + "/metrics")
                        .toURL()
                        .openStream()
                        .readAllBytes(),
                StandardCharsets.UTF_8);
        final Matcher sample = Pattern.compile("(?m)^pointsman_audit_" + name + "_total (\\S+)$")
                .matcher(page);
        assertThat(sample.find()).as(page).isTrue();
        return (long) Double.parseDouble(sample.group(1));
    }

    private static void connect(LabHost node) {
        assertThat(node.send(Probe.tcp(VIP, PORT))).isInstanceOf(ProbeResult.Answered.class);
    }

    /** Connects until three connections are counted. */
    private static void connectUntil(Agent agent, LabHost node, String name) throws IOException {
        final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (metric(agent, name) < 3) {
            assertThat(System.nanoTime()).as(name).isLessThan(deadline);
            connect(node);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nftables", "iptables"})
    void shouldCountAndReportWhatTheEngineWouldNotHaveDone(String mode) throws Exception {
        final LabHost node = node();
        final Path manifest = folder.resolve("web.yaml");
        write(manifest, List.of("10.0.0.7"));
        try (Agent agent = Agent.start(config(manifest)
                .mode(mode)
                .connectionAuditing(ConnectionAuditing.REPORT)
                .backendSetting("netns", node.namespace().file().toString())
                .build())) {
            connectUntil(agent, node, "connections");
            assertThat(metric(agent, "wrong")).isZero();
            assertThat(agent.status().problems()).noneMatch(problem -> problem.origin() == Problem.Origin.AUDIT);

            for (String command : List.of(
                    "add table ip other",
                    "add chain ip other out { type nat hook output priority -150; }",
                    "add rule ip other out ip daddr 10.96.0.1 tcp dport 8080 dnat to 10.0.0.9:8080")) {
                assertThat(node.run("nft", command).exitCode()).isZero();
            }
            connectUntil(agent, node, "wrong");
            assertThat(agent.status().problems())
                    .filteredOn(problem -> problem.origin() == Problem.Origin.AUDIT)
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.where()).isEqualTo("Service default/web"))
                    .satisfies(problem -> assertThat(problem.reason())
                            .contains(
                                    "-> 10.96.0.1:8080 went to 10.0.0.9:8080, which sees 10.0.0.7, but for the engine")
                            .contains("is forwarded to 10.0.0.7:8080"));
        }
    }

    /** Every connection of a node is allowed by one of its plans, while plans change all the time. */
    @ParameterizedTest
    @ValueSource(strings = {"nftables", "iptables"})
    void shouldFindNothingWrongWhilePlansChange(String mode) throws Exception {
        final LabHost node = node();
        final Path manifest = folder.resolve("web.yaml");
        final List<List<String>> pools =
                List.of(List.of("10.0.0.7"), List.of("10.0.0.8", "10.0.0.9"), List.of("10.0.0.9"), List.of("10.0.0.8"));
        write(manifest, pools.getFirst());
        try (Agent agent = Agent.start(config(manifest)
                .mode(mode)
                .connectionAuditing(ConnectionAuditing.COUNT)
                .backendSetting("netns", node.namespace().file().toString())
                .build())) {
            connectUntil(agent, node, "connections");
            for (int plan = 1; plan <= PLANS; plan++) {
                write(manifest, pools.get(plan % pools.size()));
                for (int i = 0; i < CONNECTIONS_FOR_EACH; i++) {
                    connect(node);
                }
            }
            final long made = (long) PLANS * CONNECTIONS_FOR_EACH;
            final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (metric(agent, "connections") + metric(agent, "missed") < made) {
                assertThat(System.nanoTime())
                        .as("%d missed", metric(agent, "missed"))
                        .isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(50);
            }
            assertThat(metric(agent, "wrong")).isZero();
            assertThat(metric(agent, "overruns")).isZero();
            assertThat(metric(agent, "connections"))
                    .as("most could be told, %d could not", metric(agent, "missed"))
                    .isGreaterThan(made / 2);
        }
    }

    @Test
    void shouldSayThatTheEngineIsNotHeldAgainstItself() throws Exception {
        final Path manifest = folder.resolve("none.yaml");
        Files.writeString(manifest, "");
        try (Agent agent = Agent.start(
                config(manifest).connectionAuditing(ConnectionAuditing.COUNT).build())) {
            final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (agent.status().problems().isEmpty()) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(20);
            }
            assertThat(agent.status().problems())
                    .singleElement()
                    .asString()
                    .startsWith("warning: connections: audit-connections: in mode userspace the engine itself decides");
            assertThat(metric(agent, "connections")).isZero();
        }
    }
}
