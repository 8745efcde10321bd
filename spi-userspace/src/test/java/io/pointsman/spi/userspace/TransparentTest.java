package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.Sysctl;
import io.pointsman.model.Cidr;
import io.pointsman.model.Endpoint;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.TrafficPolicy;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.userspace.host.HostCapabilities;
import io.pointsman.spi.userspace.host.NftTables;
import io.pointsman.spi.userspace.loop.Sockets;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests the tutorial "Using Source IP" on its own cluster, and pitfalls of a proxy that borrows addresses. */
class TransparentTest {
    private static final Duration SILENCE = Duration.ofMillis(400);
    private static final List<String> NODES = List.of(Cluster.APP_NODE, Cluster.BUSYBOX_NODE, Cluster.EMPTY_NODE);

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    private Cluster open(IpFamily family) throws IOException, BackendException {
        return labs.closing(Cluster.open(family, folder)).start();
    }

    private static void assertSeen(LabHost from, IpAddress to, int port, IpAddress source) {
        for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
            final ProbeResult result = from.send(Probe.of(protocol, to, port));
            assertThat(result.answer().map(ProbeResult.Answered::peer))
                    .as("%s to %s port %s from %s: %s", protocol, to, port, from, result)
                    .contains(source);
        }
    }

    private static void assertSilent(LabHost from, IpAddress to, int port) {
        for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
            assertThat(from.send(Probe.of(protocol, to, port).within(SILENCE)))
                    .as("%s to %s port %s from %s", protocol, to, port, from)
                    .isEqualTo(new ProbeResult.TimedOut(protocol == Protocol.TCP ? "a connection" : "an answer"));
        }
    }

    private static void assertRefused(LabHost from, IpAddress to, int port) {
        for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
            assertThat(from.send(Probe.of(protocol, to, port)))
                    .as("%s to %s port %s from %s", protocol, to, port, from)
                    .isInstanceOf(ProbeResult.Refused.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldShowTheServerWhatTheTutorialPrints(IpFamily family) throws IOException, BackendException {
        final Cluster cluster = open(family);
        final LabHost client = cluster.host("client");
        cluster.expose(TrafficPolicy.CLUSTER).apply();

        assertSeen(cluster.host("busybox"), cluster.clusterIp(), Cluster.PORT, cluster.of("busybox"));
        assertSeen(cluster.host("neighbour"), cluster.clusterIp(), Cluster.PORT, cluster.of("neighbour"));
        for (String node : NODES) {
            assertSeen(client, cluster.nodeAddress(node), Cluster.NODE_PORT, cluster.egress(node));
            cluster.lab().routeVip(cluster.balancerIp(), cluster.host(node));
            assertSeen(client, cluster.balancerIp(), Cluster.PORT, cluster.egress(node));
        }

        cluster.expose(TrafficPolicy.LOCAL).apply();
        assertSeen(client, cluster.nodeAddress(Cluster.APP_NODE), Cluster.NODE_PORT, cluster.of("client"));
        cluster.lab().routeVip(cluster.balancerIp(), cluster.host(Cluster.APP_NODE));
        assertSeen(client, cluster.balancerIp(), Cluster.PORT, cluster.of("client"));
        for (String node : List.of(Cluster.BUSYBOX_NODE, Cluster.EMPTY_NODE)) {
            assertSilent(client, cluster.nodeAddress(node), Cluster.NODE_PORT);
            cluster.lab().routeVip(cluster.balancerIp(), cluster.host(node));
            assertSilent(client, cluster.balancerIp(), Cluster.PORT);
        }
        assertSeen(cluster.host("busybox"), cluster.balancerIp(), Cluster.PORT, cluster.of("busybox"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldMasqueradeWhenAPodReachesItselfOrTheNodeItsService(IpFamily family)
            throws IOException, BackendException {
        final Cluster cluster = open(family);
        cluster.expose(TrafficPolicy.CLUSTER).apply();

        final IpAddress bridge = cluster.egress(Cluster.APP_NODE);
        assertSeen(cluster.host("source-ip-app"), cluster.clusterIp(), Cluster.PORT, bridge);
        for (String node : NODES) {
            assertSeen(cluster.host(node), cluster.clusterIp(), Cluster.PORT, cluster.egress(node));
            assertSeen(cluster.host(node), cluster.balancerIp(), Cluster.PORT, cluster.egress(node));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldKeepTheClientsAddressWhenTheHostChecksSources(IpFamily family) throws IOException, BackendException {
        final Cluster cluster = open(family);
        for (String node : NODES) {
            cluster.host(node)
                    .set(List.of(
                            Sysctl.must("net.ipv4.conf.all.rp_filter", "1"),
                            Sysctl.must("net.ipv4.conf.all.src_valid_mark", "1"),
                            Sysctl.must("net.bridge.bridge-nf-call-iptables", "0"),
                            Sysctl.must("net.bridge.bridge-nf-call-ip6tables", "0")));
        }
        cluster.expose(TrafficPolicy.LOCAL).apply();

        assertSeen(cluster.host("busybox"), cluster.clusterIp(), Cluster.PORT, cluster.of("busybox"));
        assertSeen(cluster.host("neighbour"), cluster.clusterIp(), Cluster.PORT, cluster.of("neighbour"));
        assertSeen(
                cluster.host("client"), cluster.nodeAddress(Cluster.APP_NODE), Cluster.NODE_PORT, cluster.of("client"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldDropWhenTheSourceIsOutOfRange(IpFamily family) throws IOException, BackendException {
        final Cluster cluster = open(family);
        cluster.lab().routeVip(cluster.balancerIp(), cluster.host(Cluster.APP_NODE));
        cluster.expose(TrafficPolicy.LOCAL, Cidr.of(cluster.of("client"))).apply();
        assertSeen(cluster.host("client"), cluster.balancerIp(), Cluster.PORT, cluster.of("client"));

        cluster.expose(TrafficPolicy.LOCAL, Cidr.of(cluster.of("busybox"))).apply();

        assertSilent(cluster.host("client"), cluster.balancerIp(), Cluster.PORT);
        assertSeen(cluster.host("busybox"), cluster.clusterIp(), Cluster.PORT, cluster.of("busybox"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseWhenAVipsOtherPortsAreDialed(IpFamily family) throws IOException, BackendException {
        final Cluster cluster = open(family);
        cluster.lab().routeVip(cluster.balancerIp(), cluster.host(Cluster.APP_NODE));
        final IpAddress everywhere = IpAddress.unspecified(family);
        cluster.host(Cluster.APP_NODE).serveEcho(Protocol.TCP, everywhere, 22); // a daemon of the node
        cluster.host(Cluster.APP_NODE).serveEcho(Protocol.UDP, everywhere, 22);
        cluster.expose(TrafficPolicy.CLUSTER).apply();

        assertSeen(cluster.host("client"), cluster.nodeAddress(Cluster.APP_NODE), 22, cluster.of("client"));
        assertRefused(cluster.host("client"), cluster.balancerIp(), 22);
        assertRefused(cluster.host("neighbour"), cluster.clusterIp(), 22);
    }

    @ParameterizedTest
    @EnumSource
    void shouldKeepAConnectionWhenItsServiceGoes(IpFamily family) throws IOException, BackendException {
        final Cluster cluster = open(family);
        cluster.expose(TrafficPolicy.CLUSTER).apply();
        final LabHost node = cluster.host(Cluster.BUSYBOX_NODE);
        try (LabConnection connection = cluster.host("busybox").connect(Probe.tcp(cluster.clusterIp(), Cluster.PORT))) {
            assertThat(connection.exchange(Duration.ofSeconds(5)).answer()).isPresent();

            cluster.hide().apply();

            assertRefused(cluster.host("busybox"), cluster.clusterIp(), Cluster.PORT);
            assertThat(connection.exchange(Duration.ofSeconds(5)).answer()).isPresent();
            assertThat(localRoutes(node)).contains(cluster.clusterIp().toString());
        }
        ProxyFixture.await("the route is gone", () -> !localRoutes(node)
                .contains(cluster.clusterIp().toString()));
    }

    private static String localRoutes(LabHost node) {
        try {
            return node.run("ip", "route", "show", "table", "local").outputOrFail()
                    + node.run("ip", "-6", "route", "show", "table", "local").outputOrFail();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String setUp(LabHost node) throws IOException {
        return node.run(
                        "sh",
                        "-c",
                        "ip rule; ip -6 rule; ip route show table all type local; ip -6 route show table all type local;"
                                + " nft list tables; cat /proc/sys/net/ipv4/conf/all/arp_announce")
                .outputOrFail();
    }

    @ParameterizedTest
    @EnumSource
    void shouldLeaveTheHostAsItWasWhenCleanedUp(IpFamily family) throws IOException, BackendException {
        final Cluster cluster = open(family);
        final LabHost node = cluster.host(Cluster.APP_NODE);
        final String before = setUp(node);
        cluster.expose(TrafficPolicy.LOCAL).apply();
        assertThat(setUp(node)).isNotEqualTo(before);
        assertThat(cluster.backend(Cluster.APP_NODE).audit().findings()).isEmpty();
        cluster.stop(Cluster.APP_NODE);
        cluster.start(Cluster.APP_NODE); // knows its state from the ledger only

        assertThat(cluster.backend(Cluster.APP_NODE).cleanup(true).removed()).isNotEmpty();
        assertThat(setUp(node)).isNotEqualTo(before);
        assertThat(cluster.backend(Cluster.APP_NODE).cleanup(false).removed()).isNotEmpty();

        assertThat(setUp(node)).isEqualTo(before);
        assertThat(cluster.backend(Cluster.APP_NODE).cleanup(true).removed()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void shouldMakeItsRoutingRulesAnewWhenAnotherProgramRemovedThem(IpFamily family)
            throws IOException, BackendException {
        final Cluster cluster = open(family);
        final LabHost node = cluster.host(Cluster.APP_NODE);
        cluster.expose(TrafficPolicy.LOCAL).apply();
        final String ip = family == IpFamily.IPV4 ? "-4" : "-6";
        final String before = node.run("ip", ip, "rule").outputOrFail();
        node.run("sh", "-c", "for priority in 90 91; do ip " + ip + " rule del priority $priority; done")
                .outputOrFail();

        assertThat(cluster.backend(Cluster.APP_NODE).audit().findings())
                .anyMatch(finding -> finding.contains("routing rule 90 is gone"))
                .anyMatch(finding -> finding.contains("routing rule 91 is gone"));
        cluster.apply();

        assertThat(node.run("ip", ip, "rule").outputOrFail()).isEqualTo(before);
        assertThat(cluster.backend(Cluster.APP_NODE).audit().findings()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void shouldReconcileWhenRestarted(IpFamily family) throws IOException, BackendException {
        final Cluster cluster = open(family);
        final LabHost node = cluster.host(Cluster.BUSYBOX_NODE);
        final String before = localRoutes(node);
        cluster.expose(TrafficPolicy.LOCAL).apply();
        cluster.stop(Cluster.BUSYBOX_NODE);
        assertThat(localRoutes(node)).isNotEqualTo(before);
        cluster.start(Cluster.BUSYBOX_NODE);
        cluster.apply();
        assertSeen(cluster.host("busybox"), cluster.clusterIp(), Cluster.PORT, cluster.of("busybox"));
        cluster.stop(Cluster.BUSYBOX_NODE);
        cluster.start(Cluster.BUSYBOX_NODE);
        cluster.hide().apply();

        assertThat(localRoutes(node)).isEqualTo(before);
    }

    @Test
    void shouldWaitWhenAProgramOfAKilledAgentStillWrites() throws IOException, BackendException {
        final Cluster cluster = open(IpFamily.IPV4);
        final LabHost node = cluster.host(Cluster.APP_NODE);
        cluster.expose(TrafficPolicy.LOCAL).apply();
        cluster.stop(Cluster.APP_NODE);
        final ProcessBuilder late = new ProcessBuilder("sh", "-c", "sleep 2; nft delete table inet " + NftTables.NAME);
        late.environment()
                .put(
                        "POINTSMAN_OWNER",
                        folder.resolve(Cluster.APP_NODE).toAbsolutePath().toString());
        late.environment().put("POINTSMAN_RUN", "4194305@1/1"); // as if started by a process that no host can have
        final Process orphan = node.start(late);

        cluster.start(Cluster.APP_NODE);
        cluster.apply();

        assertThat(orphan.isAlive()).isFalse();
        assertThat(cluster.backend(Cluster.APP_NODE).audit().findings()).isEmpty();
        assertSeen(cluster.host("neighbour"), cluster.clusterIp(), Cluster.PORT, cluster.of("neighbour"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldRepairWhatSomebodyTookAwayWhenAppliedAfterAnAudit(IpFamily family) throws IOException, BackendException {
        final Cluster cluster = open(family);
        final LabHost node = cluster.host(Cluster.APP_NODE);
        cluster.expose(TrafficPolicy.LOCAL).apply();
        final String version = family == IpFamily.IPV4 ? "-4" : "-6";
        node.run("ip", version, "route", "del", "local", cluster.clusterIp().toString(), "dev", "lo")
                .outputOrFail();
        node.run("ip", version, "rule", "del", "pref", "91").outputOrFail();
        node.run("nft", "delete", "table", "inet", NftTables.NAME).outputOrFail();

        assertThat(cluster.backend(Cluster.APP_NODE).audit().findings())
                .anySatisfy(finding ->
                        assertThat(finding).contains(cluster.clusterIp().toString()))
                .anySatisfy(finding -> assertThat(finding).contains("routing rule 91"))
                .anySatisfy(finding -> assertThat(finding).contains("nft table inet"));

        cluster.forget(Cluster.APP_NODE);
        cluster.apply(Cluster.APP_NODE);

        assertThat(cluster.backend(Cluster.APP_NODE).audit().findings()).isEmpty();
        assertSeen(cluster.host("neighbour"), cluster.clusterIp(), Cluster.PORT, cluster.of("neighbour"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldMasqueradeNeighboursWhenTheHostHasNoBridgeTables(IpFamily family) throws IOException, BackendException {
        final HostCapabilities means =
                new HostCapabilities(true, Set.of("inet"), true, "of a kernel without bridge tables");
        final Cluster cluster = labs.closing(Cluster.open(family, folder, new UserspaceProvider(() -> means)))
                .start();
        cluster.expose(TrafficPolicy.LOCAL).apply();

        final IpAddress bridge = cluster.egress(Cluster.APP_NODE);
        assertSeen(cluster.host("neighbour"), cluster.clusterIp(), Cluster.PORT, bridge);
        assertSeen(cluster.host("busybox"), cluster.clusterIp(), Cluster.PORT, cluster.of("busybox"));
        assertSeen(
                cluster.host("client"), cluster.nodeAddress(Cluster.APP_NODE), Cluster.NODE_PORT, cluster.of("client"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldSayWhatIsLostWhenTheHostHasNoTables(IpFamily family) throws IOException, BackendException {
        final HostCapabilities means = new HostCapabilities(true, Set.of(), false, "there is no nft");
        final Cluster cluster = labs.closing(Cluster.open(family, folder, new UserspaceProvider(() -> means)))
                .start();

        assertThat(cluster.expose(TrafficPolicy.LOCAL).apply(Cluster.APP_NODE).problems())
                .isNotEmpty()
                .allSatisfy(problem -> assertThat(problem.kind()).isEqualTo(RuleProblem.Kind.DEGRADED))
                .allSatisfy(problem -> assertThat(problem.reason()).contains("there is no nft"));

        assertSeen(
                cluster.host("client"),
                cluster.nodeAddress(Cluster.APP_NODE),
                Cluster.NODE_PORT,
                cluster.egress(Cluster.APP_NODE));
        assertSeen(cluster.host("neighbour"), cluster.clusterIp(), Cluster.PORT, cluster.egress(Cluster.APP_NODE));
    }

    @ParameterizedTest
    @EnumSource
    void shouldBringAnswersToTheClientWhenTheyComeInFragments(IpFamily family) throws Exception {
        final Cluster cluster = open(family);
        cluster.lab().addPod("large", Cluster.APP_NODE, "10.180.1.140", "fd00:10:180:1::140");
        final IpAddress pod = cluster.of("large");
        cluster.expose(TrafficPolicy.LOCAL).endpoints(Endpoint.ready(pod)).apply();
        assertBroughtBack(cluster, "client", Sockets.address(cluster.nodeAddress(Cluster.APP_NODE), Cluster.NODE_PORT));
        assertBroughtBack(cluster, "neighbour", Sockets.address(cluster.clusterIp(), Cluster.PORT));
    }

    private static void assertBroughtBack(Cluster cluster, String host, InetSocketAddress to) throws IOException {
        final IpAddress pod = cluster.of("large");
        final IpAddress from = cluster.of(host);
        try (DatagramSocket server = cluster.host("large").call(() -> new DatagramSocket(Sockets.address(pod, 8080)));
                DatagramSocket client = cluster.host(host).call(() -> new DatagramSocket(Sockets.address(from, 0)))) {
            client.setSoTimeout(10_000);
            server.setSoTimeout(10_000);
            for (int size : new int[] {0, 1, 1472, 1473, 9000, 65_507}) {
                final byte[] sent = new byte[size];
                new Random(size).nextBytes(sent);
                client.send(new DatagramPacket(sent, size, to));
                final DatagramPacket asked = new DatagramPacket(new byte[65_536], 65_536);
                server.receive(asked);
                assertThat(asked.getAddress()).isEqualTo(from.toInetAddress());
                server.send(new DatagramPacket(asked.getData(), asked.getLength(), asked.getSocketAddress()));
                final DatagramPacket answer = new DatagramPacket(new byte[65_536], 65_536);
                client.receive(answer);
                assertThat(Arrays.copyOf(answer.getData(), answer.getLength())).isEqualTo(sent);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldKnowPodsWhenTheyComeInByTheBridge(IpFamily family) throws IOException, BackendException {
        final Cluster cluster = labs.closing(Cluster.open(family, folder))
                .detectingPodsByBridge()
                .start();
        cluster.lab().routeVip(cluster.balancerIp(), cluster.host(Cluster.BUSYBOX_NODE));
        cluster.expose(TrafficPolicy.LOCAL).apply();

        assertSeen(cluster.host("neighbour"), cluster.clusterIp(), Cluster.PORT, cluster.of("neighbour"));
        assertSeen(cluster.host("busybox"), cluster.balancerIp(), Cluster.PORT, cluster.of("busybox"));
        assertSilent(cluster.host("client"), cluster.balancerIp(), Cluster.PORT);
    }
}
