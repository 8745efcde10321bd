package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests which packets of a connection pass a node whose own policy forwards nothing. */
@ExtendWith(LabExtension.class)
class ForwardPolicyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int SILENCE_MILLIS = 400;
    private static final int DATAGRAMS = 5;
    private static final int PORT = 80;
    private static final int TARGET_PORT = 8080;

    @TempDir
    Path state;

    static Stream<Arguments> flavoursAndFamilies() {
        return Stream.of(Flavour.values())
                .flatMap(flavour -> Stream.of(IpFamily.values()).map(family -> Arguments.of(flavour, family)));
    }

    private static IpAddress vip(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "172.30.0.1" : "fd00:30::1");
    }

    private static IpAddress balancer(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "198.51.100.1" : "2001:db8:f::1");
    }

    /**
     * Returns rules under which pods keep their source at the cluster address; clients outside lose theirs there and keep it
     * at the load balancer's.
     */
    private static Rule[] rules(PacketNode lab, IpFamily family, Protocol protocol) {
        final var owner = Plans.owner("web", protocol);
        final EndpointPool pool =
                Plans.pool(owner, PoolId.Scope.CLUSTER, family, lab.podAddress + "," + TARGET_PORT + ",1");
        return new Rule[] {
            Plans.usual(Plans.clusterIp(owner, vip(family).toString(), PORT), pool),
            Plans.loadBalancer(owner, balancer(family).toString(), PORT)
                    .actions(Plans.forward(pool), Plans.masquerade(pool), Plans.forward(pool))
                    .build()
        };
    }

    @ParameterizedTest
    @MethodSource("flavoursAndFamilies")
    void shouldPassAllDatagramsWhenNoneIsAnswered(Flavour flavour, IpFamily family) throws Exception {
        try (PacketNode lab = PacketNode.open(flavour, family, state);
                DatagramChannel mute = bound(lab.pod, lab.podAddress)) {
            lab.forwardNothing();
            lab.apply(rules(lab, family, Protocol.UDP));

            sendTo(vip(family), lab.client, 'm');
            sendTo(vip(family), lab.otherPod, 'k');
            sendTo(balancer(family), lab.client, 'l');

            assertThat(received(mute, 3 * DATAGRAMS, Math.toIntExact(PATIENCE.toMillis())))
                    .containsExactlyInAnyOrderEntriesOf(Map.of('m', DATAGRAMS, 'k', DATAGRAMS, 'l', DATAGRAMS));
        }
    }

    @ParameterizedTest
    @MethodSource("flavoursAndFamilies")
    void shouldConnectWhenTheFirstSegmentIsLostBehindTheNode(Flavour flavour, IpFamily family) throws Exception {
        try (PacketNode lab = PacketNode.open(flavour, family, state);
                AutoCloseable _ = lab.pod.serveEcho(Protocol.TCP, lab.podAddress, TARGET_PORT)) {
            lab.forwardNothing();
            lab.apply(rules(lab, family, Protocol.TCP));
            lab.iptables(lab.pod, "-A", "INPUT", "-p", "tcp", "-j", "DROP");

            final List<CompletableFuture<ProbeResult>> results = List.of(
                    connecting(lab.client, vip(family)),
                    connecting(lab.otherPod, vip(family)),
                    connecting(lab.client, balancer(family)));
            final long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
            while (dropped(lab) < results.size() && System.nanoTime() < deadlineNanos) {
                Thread.sleep(10);
            }
            lab.iptables(lab.pod, "-F", "INPUT");

            for (CompletableFuture<ProbeResult> result : results) {
                assertThat(result.get(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isInstanceOf(ProbeResult.Answered.class);
            }
        }
    }

    /** Tests DNAT of another program, such as a published container port: that program decides who may reach the port. */
    @ParameterizedTest
    @MethodSource("flavoursAndFamilies")
    void shouldLetNothingThroughThatOthersTranslated(Flavour flavour, IpFamily family) throws Exception {
        final String published = family == IpFamily.IPV4 ? "198.51.100.9" : "2001:db8:f::9";
        try (PacketNode lab = PacketNode.open(flavour, family, state);
                DatagramChannel mute = bound(lab.pod, lab.podAddress)) {
            lab.forwardNothing();
            lab.iptables(lab.node, dnat("-A", published, lab));
            lab.apply(rules(lab, family, Protocol.UDP));
            sendTo(IpAddress.parse(published), lab.client, 'a');
            lab.iptables(lab.node, dnat("-D", published, lab));
            lab.iptables(lab.node, dnat("-I", published, lab));
            sendTo(IpAddress.parse(published), lab.client, 'b');
            sendTo(lab.podAddress, TARGET_PORT, lab.client, 'c');

            assertThat(received(mute, 1, SILENCE_MILLIS)).isEmpty();
        }
    }

    /**
     * Tests a network policy as a rule of another program. It must see the first packet of every connection that keeps its
     * source.
     */
    @ParameterizedTest
    @MethodSource("flavoursAndFamilies")
    void shouldLeaveFirstPacketsThatKeepTheirSourceToOthersRules(Flavour flavour, IpFamily family) throws Exception {
        try (PacketNode lab = PacketNode.open(flavour, family, state);
                DatagramChannel mute = bound(lab.pod, lab.podAddress)) {
            lab.forwardNothing();
            lab.iptables(lab.node, "-A", "FORWARD", "-s", lab.otherPodAddress.toString(), "-j", "DROP");
            lab.apply(rules(lab, family, Protocol.UDP));

            sendTo(vip(family), lab.otherPod, 'k');
            sendTo(vip(family), lab.client, 'm');

            assertThat(received(mute, DATAGRAMS + 1, SILENCE_MILLIS)).containsOnlyKeys('m');
        }
    }

    private static String[] dnat(String command, String published, PacketNode lab) {
        return new String[] {
            "-t",
            "nat",
            command,
            "PREROUTING",
            "-d",
            published,
            "-p",
            "udp",
            "-j",
            "DNAT",
            "--to-destination",
            lab.podAddress.withPort(TARGET_PORT)
        };
    }

    private static DatagramChannel bound(LabHost host, IpAddress address) throws IOException {
        final DatagramChannel channel = host.call(() -> DatagramChannel.open(family(address)));
        channel.bind(new InetSocketAddress(address.toInetAddress(), TARGET_PORT));
        return channel;
    }

    private static StandardProtocolFamily family(IpAddress address) {
        return address.isIpv4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
    }

    private static void sendTo(IpAddress vip, LabHost from, char letter) throws IOException {
        sendTo(vip, PORT, from, letter);
    }

    /** Sends all datagrams from one port. */
    private static void sendTo(IpAddress to, int port, LabHost from, char letter) throws IOException {
        try (DatagramChannel channel = from.call(() -> DatagramChannel.open(family(to)))) {
            for (int i = 0; i < DATAGRAMS; i++) {
                channel.send(
                        ByteBuffer.wrap(new byte[] {(byte) letter}), new InetSocketAddress(to.toInetAddress(), port));
            }
        }
    }

    /**
     * Returns the number of datagrams by letter, up to {@code enough} in total; stops early after a silence of
     * {@code patienceMillis}.
     */
    private static Map<Character, Integer> received(DatagramChannel channel, int enough, int patienceMillis)
            throws IOException {
        final Map<Character, Integer> counts = new HashMap<>();
        channel.socket().setSoTimeout(patienceMillis);
        final byte[] bytes = new byte[1];
        try {
            for (int i = 0; i < enough; i++) {
                channel.socket().receive(new DatagramPacket(bytes, 1));
                counts.merge((char) bytes[0], 1, Integer::sum);
            }
        } catch (SocketTimeoutException _) {
            return counts;
        }
        return counts;
    }

    private static CompletableFuture<ProbeResult> connecting(LabHost from, IpAddress vip) {
        final CompletableFuture<ProbeResult> result = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                result.complete(from.send(Probe.tcp(vip, PORT).within(PATIENCE)));
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private static long dropped(PacketNode lab) throws IOException {
        final List<Long> packets = new ArrayList<>();
        for (String line : lab.iptables(lab.pod, "-nvxL", "INPUT").lines().toList()) {
            if (line.contains("DROP") && !line.startsWith("Chain")) {
                packets.add(Long.parseLong(line.strip().split(" +", 2)[0]));
            }
        }
        return packets.stream().mapToLong(Long::longValue).sum();
    }
}
