package io.pointsman.testkit.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PacketBalancerTest {
    private static final IpAddress VIP = IpAddress.parse("203.0.113.140");
    private static final IpAddress VIP6 = IpAddress.parse("2001:db8:113::140");
    private static final String FIRST = "kubernetes-node-6jst";
    private static final String SECOND = "kubernetes-node-cx31";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SILENCE = Duration.ofMillis(300);
    private static final int TRIES =
            40; // the probability that one of two nodes gets none is below 10 to the power of -11

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    private final AtomicInteger firstStatus = new AtomicInteger(503);
    private final AtomicInteger secondStatus = new AtomicInteger(503);

    /** Creates a cluster whose nodes all have the VIPs and answer themselves, so that answers show who got the packet. */
    private LabCluster cluster() throws IOException {
        final LabCluster cluster = labs.closing(LabCluster.tutorial());
        for (LabHost node : cluster.nodes()) {
            for (IpAddress vip : Set.of(VIP, VIP6)) {
                node.addAddress("lo", vip, vip.family().bits());
                node.serveEcho(Protocol.TCP, vip, 80);
                node.serveEcho(Protocol.UDP, vip, 80);
            }
        }
        for (IpAddress vip : Set.of(VIP, VIP6)) {
            cluster.routeVip(vip, cluster.host("balancer"));
        }
        health(cluster.node(FIRST), firstStatus);
        health(cluster.node(SECOND), secondStatus);
        return cluster;
    }

    private void health(LabHost node, AtomicInteger status) throws IOException {
        final HttpServer server = node.call(() -> HttpServer.create(new InetSocketAddress(32122), 0));
        server.createContext("/healthz", exchange -> {
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        server.start();
        labs.closing(() -> server.stop(0));
    }

    private static Set<String> whoAnswers(LabCluster cluster, Protocol protocol, IpAddress vip) {
        final Set<String> names = new HashSet<>();
        for (int i = 0; i < TRIES; i++) {
            cluster.host("client")
                    .send(Probe.of(protocol, vip, 80))
                    .answer()
                    .ifPresent(answer -> names.add(answer.server()));
        }
        return names;
    }

    @Test
    void shouldFollowTheNodesHealthAndKeepTheClientsAddress() throws Exception {
        final LabCluster cluster = cluster();
        final LabHost client = cluster.host("client");
        try (PacketBalancer balancer = PacketBalancer.open(
                cluster.host("balancer"), Set.of(VIP, VIP6), cluster.nodes(), HealthPoll.healthz(32122))) {
            assertThat(balancer.inUse()).isEmpty();
            assertThat(balancer.lastAnswers().get(FIRST)).startsWith("503");
            assertThat(balancer.lastAnswers().get("kubernetes-node-jj1t")).contains("refused");
            assertThat(client.send(Probe.tcp(VIP, 80).within(SILENCE))).isInstanceOf(ProbeResult.TimedOut.class);

            firstStatus.set(200);
            balancer.awaitInUse(Set.of(FIRST), PATIENCE);
            for (IpAddress vip : Set.of(VIP, VIP6)) {
                final ProbeResult.Answered answer =
                        client.send(Probe.tcp(vip, 80)).answer().orElseThrow();
                assertThat(answer.server()).isEqualTo(FIRST);
                assertThat(answer.peer()).isEqualTo(LabCluster.addressOf(client, vip.family()));
            }

            secondStatus.set(200);
            balancer.awaitInUse(Set.of(FIRST, SECOND), PATIENCE);
            for (IpAddress vip : Set.of(VIP, VIP6)) {
                assertThat(whoAnswers(cluster, Protocol.TCP, vip)).containsExactlyInAnyOrder(FIRST, SECOND);
                assertThat(whoAnswers(cluster, Protocol.UDP, vip)).containsExactlyInAnyOrder(FIRST, SECOND);
            }

            firstStatus.set(503);
            balancer.awaitInUse(Set.of(SECOND), PATIENCE);
            assertThat(whoAnswers(cluster, Protocol.TCP, VIP)).containsExactly(SECOND);
            assertThat(whoAnswers(cluster, Protocol.TCP, VIP6)).containsExactly(SECOND);

            secondStatus.set(503);
            balancer.awaitInUse(Set.of(), PATIENCE);
            assertThat(client.send(Probe.tcp(VIP, 80).within(SILENCE))).isInstanceOf(ProbeResult.TimedOut.class);
            assertThat(client.send(Probe.tcp(VIP6, 80).within(SILENCE))).isInstanceOf(ProbeResult.TimedOut.class);
            assertThatThrownBy(() -> balancer.awaitInUse(Set.of(FIRST), Duration.ofMillis(1)))
                    .isInstanceOf(TimeoutException.class)
                    .hasMessageContaining("503");
        }
    }

    @Test
    void shouldUseEveryNodeWhenNotAskedForHealthAndNoneWhenClosed() throws Exception {
        final LabCluster cluster = cluster();
        final PacketBalancer balancer =
                PacketBalancer.unchecked(cluster.host("balancer"), Set.of(VIP), cluster.nodes());
        assertThat(balancer.inUse()).hasSize(3);
        assertThat(whoAnswers(cluster, Protocol.TCP, VIP)).hasSizeGreaterThan(1);
        balancer.close();
        balancer.close();
        assertThat(cluster.host("client").send(Probe.tcp(VIP, 80).within(SILENCE)))
                .isInstanceOf(ProbeResult.TimedOut.class);
    }
}
