package io.pointsman.testkit.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class LabClusterTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final IpAddress APP = IpAddress.parse("10.180.1.136");
    private static final IpAddress APP6 = IpAddress.parse("fd00:10:180:1::136");

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    private static ProbeResult.Answered answer(LabHost from, Probe probe) {
        final ProbeResult result = from.send(probe);
        return result.answer().orElseThrow(() -> new AssertionError(probe + " from " + from + ": " + result));
    }

    @Test
    void shouldJoinEverybodyInBothFamiliesWithTheirOwnAddresses() throws IOException {
        final long startNanos = System.nanoTime();
        final LabCluster cluster = labs.closing(LabCluster.tutorial());
        System.out.println("tutorial cluster built in " + (System.nanoTime() - startNanos) / 1_000_000 + " ms");
        final LabHost pod = cluster.host("source-ip-app");
        for (Protocol protocol : Protocol.values()) {
            pod.serveEcho(protocol, APP, 8080);
            pod.serveEcho(protocol, APP6, 8080);
            for (String from : new String[] {"client", "busybox", "kubernetes-node-jj1t", "balancer"}) {
                final LabHost host = cluster.host(from);
                for (IpAddress to : new IpAddress[] {APP, APP6}) {
                    final ProbeResult.Answered answer = answer(host, Probe.of(protocol, to, 8080));
                    assertThat(answer.server()).isEqualTo("source-ip-app");
                    assertThat(answer.local()).isEqualTo(to);
                    assertThat(answer.peer()).isEqualTo(LabCluster.addressOf(host, to.family()));
                }
            }
        }
    }

    @Test
    void shouldTellARefusalFromSilenceAndFromNoRoute() throws IOException {
        final LabCluster cluster = labs.closing(LabCluster.tutorial());
        final LabHost client = cluster.host("client");
        for (Protocol protocol : new Protocol[] {Protocol.TCP, Protocol.UDP}) {
            for (IpAddress pod : new IpAddress[] {APP, APP6}) {
                assertThat(client.send(Probe.of(protocol, pod, 9))).isInstanceOf(ProbeResult.Refused.class);
            }
            final IpAddress vip = IpAddress.parse("203.0.113.140");
            cluster.routeVip(vip, cluster.host("balancer"));
            cluster.host("balancer").run("ip", "route", "replace", "blackhole", vip.toString());
            assertThat(client.send(Probe.of(protocol, vip, 80).within(SHORT))).isInstanceOf(ProbeResult.TimedOut.class);
        }
        assertThat(cluster.router().send(Probe.tcp(IpAddress.parse("192.0.2.1"), 80)))
                .isInstanceOf(ProbeResult.Unreachable.class);
    }

    /** A kernel sends a burst of about fifty refusals by default, and too few if two processors refuse at once. */
    @Test
    void shouldTellOfEveryRefusalHoweverManyThereAre() throws IOException {
        final LabCluster cluster = labs.closing(LabCluster.tutorial());
        final LabHost client = cluster.host("client");
        for (IpAddress pod : new IpAddress[] {APP, APP6}) {
            try (DatagramSocket socket = client.call(() -> new DatagramSocket())) {
                socket.connect(new InetSocketAddress(pod.toInetAddress(), 9));
                socket.setSoTimeout(1000);
                for (int i = 0; i < 500; i++) {
                    socket.send(new DatagramPacket(new byte[1], 1));
                    assertThatThrownBy(() -> socket.receive(new DatagramPacket(new byte[1], 1)))
                            .as("refusal %d by %s", i, pod)
                            .isInstanceOf(PortUnreachableException.class);
                }
            }
        }
    }

    @Test
    void shouldRefuseAgainWhenAServerIsClosed() throws IOException {
        final LabCluster cluster = labs.closing(LabCluster.tutorial());
        final LabHost pod = cluster.host("source-ip-app");
        final LabHost client = cluster.host("client");
        final EchoServer server = pod.serveEcho(Protocol.TCP, APP, 8080);
        try (LabConnection connection = client.connect(Probe.tcp(APP, 8080))) {
            assertThat(connection.exchange(Duration.ofSeconds(5)).answer()).isPresent();
            server.stopAccepting();
            assertThat(client.send(Probe.tcp(APP, 8080))).isInstanceOf(ProbeResult.Refused.class);
            assertThat(connection.exchange(Duration.ofSeconds(5)).answer()).isPresent();
            server.close();
            assertThat(connection.exchange(Duration.ofSeconds(5)).answer()).isEmpty();
        }
    }

    @Test
    void shouldRunCommandsInsideAndRecordPackets(@TempDir Path folder) throws IOException {
        final LabCluster cluster = labs.closing(LabCluster.tutorial());
        final LabHost pod = cluster.host("source-ip-app");
        assertThat(pod.run("ip", "-o", "addr", "show", "dev", "eth0").outputOrFail())
                .contains("10.180.1.136/24")
                .contains("fd00:10:180:1::136/64");
        assertThat(pod.run("false").exitCode()).isEqualTo(1);
        pod.serveEcho(Protocol.UDP, APP, 8080);
        final Path file = folder.resolve("pod.pcap");
        try (PcapRecording recording = pod.record(file)) {
            answer(cluster.host("client"), Probe.udp(APP, 8080));
            assertThat(recording).isNotNull();
        }
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                .contains("who 1\n")
                .contains("pointsman-echo source-ip-app 198.51.100.79 ");
    }

    @Test
    void shouldLeaveNothingWhenClosed() throws Exception {
        final LabCluster cluster = LabCluster.tutorial();
        assertThat(cluster.router().namespace().exists()).isTrue();
        final Process forgotten = cluster.host("client").start(new ProcessBuilder("sleep", "1000"));
        cluster.close();
        assertThat(forgotten.waitFor(1, TimeUnit.MINUTES)).isTrue();
        cluster.close();
        assertThat(cluster.router().namespace().exists()).isFalse();
    }

    @Test
    void shouldTellByWhatExactlyAClientWasRefused() throws IOException {
        final LabCluster cluster = labs.closing(LabCluster.tutorial());
        final LabHost client = cluster.host("client");
        cluster.host("source-ip-app").serveEcho(Protocol.TCP, APP, 8080);
        assertThat(client.refusal(Probe.tcp(APP, 8080))).isEmpty();
        assertThat(client.refusal(Probe.tcp(APP, 9))).contains(new Refusal.TcpReset());
        assertThat(client.refusal(Probe.tcp(APP6, 9))).contains(new Refusal.TcpReset());
        assertThat(client.refusal(Probe.udp(APP, 9))).contains(Refusal.PORT_UNREACHABLE);
        assertThat(client.refusal(Probe.udp(APP6, 9))).contains(Refusal.PORT_UNREACHABLE_IPV6);
        cluster.router().run("ip", "route", "add", "prohibit", "203.0.113.1").outputOrFail();
        assertThat(client.refusal(Probe.udp(IpAddress.parse("203.0.113.1"), 9).within(SHORT)))
                .contains(new Refusal.Icmp(3, 13));
    }
}
