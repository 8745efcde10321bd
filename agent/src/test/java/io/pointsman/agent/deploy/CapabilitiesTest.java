package io.pointsman.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.pointsman.agent.AgentCommand;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.LabCluster;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The agent as a pod of the DaemonSets: root with only their capabilities, without a way to gain more, with
 * {@code /proc/sys} read-only, and with the configuration of its overlay.
 */
class CapabilitiesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final IpAddress VIP = IpAddress.parse("203.0.113.10");
    private static final IpAddress POD = IpAddress.parse("10.180.1.136");

    /** Bits in {@code include/uapi/linux/capability.h} of all capabilities that the manifests name. */
    private static final Map<String, Integer> BITS = Map.of("NET_BIND_SERVICE", 10, "NET_ADMIN", 12, "NET_RAW", 13);

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    private LabHost node;
    private LabHost client;
    private @Nullable Process agent;

    @BeforeEach
    void buildCluster() throws IOException {
        final LabCluster cluster = labs.closing(LabCluster.tutorial());
        node = cluster.node("kubernetes-node-6jst");
        client = cluster.host("client");
        cluster.routeVip(VIP, node);
        cluster.host("source-ip-app").serveEcho(Protocol.TCP, POD, 8080);
    }

    @AfterEach
    void end() throws InterruptedException {
        if (agent != null) {
            agent.destroyForcibly().waitFor();
        }
    }

    private static List<String> capabilities(String overlay) throws IOException {
        final DaemonSet patch = (DaemonSet) Manifests.object(
                Files.readString(Manifests.FOLDER.resolve("overlays/" + overlay + "/capabilities.yaml")));
        return patch.getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getSecurityContext()
                .getCapabilities()
                .getAdd();
    }

    private Path manifest() throws IOException {
        return Files.writeString(folder.resolve("services.yaml"), """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: default}
                spec:
                  type: LoadBalancer
                  externalTrafficPolicy: Local
                  clusterIP: 10.96.0.10
                  ports: [{protocol: TCP, port: 80, targetPort: 8080, nodePort: 30080}]
                status: {loadBalancer: {ingress: [{ip: %s}]}}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
                addressType: IPv4
                ports: [{protocol: TCP, port: 8080}]
                endpoints: [{addresses: [%s], conditions: {ready: true}, nodeName: %s}]
                """.formatted(VIP, POD, node.name()));
    }

    private Path log() {
        return folder.resolve("log");
    }

    /** Starts the agent, and returns when it has carried out its first plan or has ended. */
    private Process start(String overlay, List<String> capabilities, String... settings) throws Exception {
        final List<String> command = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec \"$@\"",
                "sh",
                "setpriv",
                "--no-new-privs",
                "--inh-caps=-all",
                "--bounding-set=-all"
                        + capabilities.stream()
                                .map(name -> ",+" + name.toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining())));
        command.addAll(new AgentCommand()
                .flag("@" + Path.of("target", "jvm.options")) // like the image
                .of(
                        "run",
                        "--config",
                        Manifests.FOLDER
                                .resolve("overlays/" + overlay + "/pointsman.yaml")
                                .toString(),
                        "--manifest",
                        manifest().toString(),
                        "--node",
                        node.name(),
                        "--state-directory",
                        folder.resolve("state").toString()));
        command.addAll(List.of(settings));
        final Process started =
                node.start(new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log().toFile()));
        agent = started;
        final long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (started.isAlive() && !said().contains("Pointsman forwards")) {
            assertThat(System.nanoTime()).as(said()).isLessThan(deadline);
            Thread.sleep(50);
        }
        return started;
    }

    private String said() throws IOException {
        return Files.readString(log());
    }

    private ProbeResult ask() {
        return client.send(Probe.tcp(VIP, 80).within(Duration.ofSeconds(2)));
    }

    private void requireServed(String overlay, String... settings) throws Exception {
        final List<String> capabilities = capabilities(overlay);

        final Process process = start(overlay, capabilities, settings);

        final IpAddress own = LabCluster.addressOf(client, IpFamily.IPV4);
        assertThat(ask()).as(said()).isInstanceOfSatisfying(ProbeResult.Answered.class, answer -> assertThat(
                        answer.peer())
                .isEqualTo(own));
        assertThat(said()).doesNotContain("WARN", "ERROR");
        long mask = 0;
        for (String name : capabilities) {
            mask |= 1L << BITS.getOrDefault(name, 0);
        }
        assertThat(Files.readString(Path.of("/proc/" + process.pid() + "/status")))
                .contains("CapEff:\t%016x\n".formatted(mask), "CapBnd:\t%016x\n".formatted(mask), "NoNewPrivs:\t1\n");
        process.destroy();
        assertThat(process.waitFor(PATIENCE)).isTrue();
        assertThat(said()).doesNotContain("WARN", "ERROR");
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables", "nftables", "userspace"})
    void shouldServeAndKeepTheClientsAddressWithWhatItsDaemonSetGivesIt(String overlay) throws Exception {
        requireServed(overlay);
    }

    private void assumeLegacy() throws IOException {
        Assumptions.assumeTrue(
                node.run("sh", "-c", "iptables-legacy-save -t nat").exitCode() == 0, "no iptables-legacy here");
    }

    @Test
    void shouldServeByIptablesLegacyToo() throws Exception {
        assumeLegacy();

        requireServed("iptables", "--backend", "flavour=legacy");
    }

    /** Each capability in the list is needed. */
    @Test
    void shouldNotServeByIptablesLegacyWithoutAnyOfThem() throws Exception {
        assumeLegacy();

        requireNotServedWithoutAny("iptables", "--backend", "flavour=legacy");
    }

    @Test
    void shouldNotServeByUserspaceWithoutAnyOfThem() throws Exception {
        requireNotServedWithoutAny("userspace");
    }

    private void requireNotServedWithoutAny(String overlay, String... settings) throws Exception {
        for (String missing : capabilities(overlay)) {
            final List<String> rest = new ArrayList<>(capabilities(overlay));
            rest.remove(missing);

            start(overlay, rest, settings);

            assertThat(ask()).as("without %s; it said %s", missing, said()).isNotInstanceOf(ProbeResult.Answered.class);
            end();
        }
    }
}
