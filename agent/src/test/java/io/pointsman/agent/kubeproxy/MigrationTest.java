package io.pointsman.agent.kubeproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.AgentCommand;
import io.pointsman.agent.kubeproxy.KubeProxyCleanup.Extent;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.program.Programs;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.LabCluster;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Migration from kube-proxy's rules to Pointsman's and back, with a client that stays connected all the time. */
class MigrationTest {
    private static final IpAddress VIP = IpAddress.parse("10.96.0.10");
    private static final IpAddress POD = IpAddress.parse("10.180.1.136");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    private List<String> pointsman(String... words) {
        final List<String> command = new AgentCommand().of(words);
        command.addAll(List.of("--state-directory", folder.toString()));
        return command;
    }

    private Process startAgent(LabHost node) throws IOException {
        final Path manifest = Files.writeString(folder.resolve("services.yaml"), """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: default}
                spec:
                  clusterIP: %s
                  clusterIPs: [%s]
                  ports: [{name: http, protocol: TCP, port: 80, targetPort: 8080}]
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
                addressType: IPv4
                ports: [{name: http, protocol: TCP, port: 8080}]
                endpoints: [{addresses: [%s], conditions: {ready: true}, nodeName: kubernetes-node-6jst}]
                """.formatted(VIP, VIP, POD));
        return node.start(new ProcessBuilder(pointsman(
                        "run", "--mode", "iptables", "--node", node.name(), "--manifest", manifest.toString()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("agent.log").toFile()));
    }

    private static String rules(LabHost node) throws IOException {
        return node.run("iptables-nft-save").outputOrFail()
                + node.run("iptables-legacy-save").outputOrFail();
    }

    private void awaitRules(LabHost node, Process agent) throws Exception {
        final long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (rules(node).lines().noneMatch(line -> line.startsWith("-A PTS-") && line.contains(VIP.toString()))) {
            assertThat(agent.isAlive() && System.nanoTime() < deadline)
                    .as(Files.readString(folder.resolve("agent.log")))
                    .isTrue();
            Thread.sleep(100);
        }
    }

    private static void load(LabHost node) throws IOException {
        final String rules = KubeProxyRules.iptablesMode(IpFamily.IPV4).replace("10.244.1.11", POD.toString());
        node.call(() -> Programs.of("").require(rules, Flavour.NFT.restore(IpFamily.IPV4), "--noflush"));
    }

    @Test
    void shouldKeepClientsConnectedOnTheWayToPointsmanAndBack() throws Exception {
        try (LabCluster cluster = LabCluster.tutorial()) {
            final LabHost node = cluster.node("kubernetes-node-6jst");
            Assumptions.assumeTrue(
                    node.run("sh", "-c", "command -v iptables-nft-save && command -v iptables-legacy-save")
                                    .exitCode()
                            == 0,
                    "iptables is missing");
            final LabHost client = cluster.host("client");
            cluster.routeVip(VIP, node);
            cluster.host("source-ip-app").serveEcho(Protocol.TCP, POD, 8080);
            load(node);
            try (LabConnection lasting = client.connect(Probe.tcp(VIP, 80))) {
                requireServed(client, lasting, "by kube-proxy's rules");

                final Process agent = startAgent(node);
                try {
                    awaitRules(node, agent);
                    requireServed(client, lasting, "by both");
                    final KubeProxyCleanup.Report done = node.call(() -> KubeProxyCleanup.run(Extent.REMOVE, true));
                    assertThat(done.failures()).isEmpty();
                    assertThat(rules(node)).doesNotContain("KUBE-");
                    requireServed(client, lasting, "by Pointsman alone");

                    load(node); // kube-proxy is back
                } finally {
                    agent.destroy();
                    assertThat(agent.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                            .isTrue();
                }
                requireServed(client, lasting, "by kube-proxy beside rules that nobody keeps");
                node.run(PATIENCE, pointsman("cleanup")).outputOrFail();
                assertThat(rules(node)).doesNotContain("PTS-");
                requireServed(client, lasting, "by kube-proxy alone");
            }
        }
    }

    private static void requireServed(LabHost client, LabConnection lasting, String by) {
        assertThat(lasting.exchange(Duration.ofSeconds(5)))
                .as("the client that stays connected, served " + by)
                .isInstanceOf(ProbeResult.Answered.class);
        assertThat(client.send(Probe.tcp(VIP, 80)))
                .as("a new client, served " + by)
                .isInstanceOf(ProbeResult.Answered.class);
    }
}
