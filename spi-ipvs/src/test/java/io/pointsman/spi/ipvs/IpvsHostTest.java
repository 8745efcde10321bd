package io.pointsman.spi.ipvs;

import static io.pointsman.spi.ipvs.Plans.VIP;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.spi.ipvs.host.Trial;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tests how the host's own rules, programs and scheduler tables affect a Service. */
@ExtendWith(LabExtension.class)
class IpvsHostTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int SILENCE_MILLIS = 500;
    private static final int PORT = 53;
    private static final int CLIENTS = 1000;
    private static final int BATCH = 200;
    private static final int FIRST_CLIENT_PORT = 20_000;
    private static final int SMALL_ENDPOINTS = 10;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    /**
     * Expects weights of 640 and ten times 9: 877 of 1,000 clients go to the first endpoint. The kernel alone would use 40
     * and ten times 1: 800.
     */
    @Test
    void shouldSplitByWeightsThatTheTableOfMaglevCannotHold() throws Exception {
        final List<String> endpoints = new ArrayList<>(List.of("10.180.0.1,53,640"));
        for (int i = 1; i <= SMALL_ENDPOINTS; i++) {
            endpoints.add("10.180.0.2," + (9000 + i) + ",9");
        }
        // the hash is the same each time, so the result is not random
        assertThat(clientsOfTheFirst(Balancing.MAGLEV, endpoints)).isBetween(845, 905);
    }

    /** Expects an even split. The kernel alone would fill its table with the first endpoint. */
    @Test
    void shouldSplitByWeightsThatTheTableOfSourceHashCannotHold() throws Exception {
        assertThat(clientsOfTheFirst(Balancing.SOURCE_HASH, List.of("10.180.0.1,53,300", "10.180.0.2,53,300")))
                .isBetween(400, 600);
    }

    private int clientsOfTheFirst(Balancing balancing, List<String> endpoints) throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of("hash-flags", "fallback,port"));
                DatagramChannel first = bound(lab.pod1(), IpvsNode.POD_1)) {
            lab.apply(Plans.plan(
                    1,
                    Plans.rule("dns", Protocol.UDP, VIP.toString(), PORT, endpoints.toArray(String[]::new))
                            .balancing(balancing)
                            .build()));
            first.socket().setReceiveBufferSize(1 << 20);
            int count = 0;
            for (int i = 0; i < CLIENTS; i++) {
                send(lab.client(), FIRST_CLIENT_PORT + i, 1);
                if (i % BATCH == BATCH - 1) { // a receive buffer holds about 550 datagrams at most
                    count += received(first, BATCH, SILENCE_MILLIS);
                }
            }
            return count;
        }
    }

    @Test
    void shouldPassAllDatagramsWhenNoneIsAnsweredAndTheHostForwardsNothing() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of());
                DatagramChannel mute = bound(lab.pod1(), IpvsNode.POD_1)) {
            iptables(lab, lab.node(), "-P", "FORWARD", "DROP");
            lab.apply(Plans.plan(
                    1,
                    Plans.rule("dns", Protocol.UDP, VIP.toString(), PORT, "10.180.0.1,53")
                            .build()));

            send(lab.client(), FIRST_CLIENT_PORT, 5);
            send(lab.pod2(), FIRST_CLIENT_PORT, 5);

            assertThat(received(mute, 10, Math.toIntExact(PATIENCE.toMillis()))).isEqualTo(10);
        }
    }

    @Test
    void shouldConnectWhenTheFirstSegmentIsLostAndTheHostForwardsNothing() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of());
                AutoCloseable _ = lab.pod1().serveEcho(Protocol.TCP, IpvsNode.POD_1, 8080)) {
            iptables(lab, lab.node(), "-P", "FORWARD", "DROP");
            lab.apply(Plans.plan(1, Plans.web("10.180.0.1,8080").build()));
            iptables(lab, lab.pod1(), "-A", "INPUT", "-p", "tcp", "-j", "DROP");

            final List<CompletableFuture<ProbeResult>> results =
                    List.of(connecting(lab.client()), connecting(lab.pod2()));
            final long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
            while (dropped(lab) < results.size() && System.nanoTime() < deadlineNanos) {
                Thread.sleep(10);
            }
            iptables(lab, lab.pod1(), "-F", "INPUT");

            for (CompletableFuture<ProbeResult> result : results) {
                assertThat(result.get(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isInstanceOf(ProbeResult.Answered.class);
            }
        }
    }

    /**
     * Expects refusals. All these addresses are the node's, so nothing is rejected in OUTPUT, where the sender would get
     * EPERM.
     */
    @Test
    void shouldRefuseTheNodesOwnDatagramsAsAClosedPortDoes() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            lab.apply(Plans.plan(
                    1,
                    Plans.rule("dns", Protocol.UDP, VIP.toString(), PORT).build(),
                    Plans.rule("np", Protocol.UDP, "0.0.0.0", 30053)
                            .everybody(Action.REJECT)
                            .build()));

            assertThat(lab.node().send(Probe.udp(VIP, PORT))).isInstanceOf(ProbeResult.Refused.class);
            assertThat(lab.node().send(Probe.udp(VIP, 99))).isInstanceOf(ProbeResult.Refused.class);
            assertThat(lab.node().send(Probe.udp(Plans.NODE, 30053))).isInstanceOf(ProbeResult.Refused.class);
            assertThat(lab.client().send(Probe.udp(VIP, PORT))).isInstanceOf(ProbeResult.Refused.class);
        }
    }

    private static String iptables(IpvsNode lab, LabHost host, String... arguments) throws IOException {
        final Flavour flavour =
                lab.call(() -> Trial.probe().find(Optional.empty())).flavour().orElseThrow();
        final String[] command = new String[arguments.length + 1];
        command[0] = "iptables-" + flavour.word();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return host.run(command).outputOrFail();
    }

    private static long dropped(IpvsNode lab) throws IOException {
        return iptables(lab, lab.pod1(), "-nvxL", "INPUT")
                .lines()
                .filter(line -> line.contains("DROP") && !line.startsWith("Chain"))
                .mapToLong(line -> Long.parseLong(line.strip().split(" +", 2)[0]))
                .sum();
    }

    private static CompletableFuture<ProbeResult> connecting(LabHost from) {
        final CompletableFuture<ProbeResult> result = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                result.complete(from.send(Probe.tcp(VIP, 80).within(PATIENCE)));
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private static DatagramChannel bound(LabHost host, IpAddress address) throws IOException {
        final DatagramChannel channel = host.call(() -> DatagramChannel.open(StandardProtocolFamily.INET));
        channel.bind(new InetSocketAddress(address.toInetAddress(), PORT));
        return channel;
    }

    private static void send(LabHost from, int fromPort, int datagrams) throws IOException {
        try (DatagramChannel channel = from.call(() -> DatagramChannel.open(StandardProtocolFamily.INET))) {
            channel.bind(new InetSocketAddress(fromPort));
            for (int i = 0; i < datagrams; i++) {
                channel.send(ByteBuffer.allocate(1), new InetSocketAddress(VIP.toInetAddress(), PORT));
            }
        }
    }

    /**
     * Returns the number of datagrams received, up to {@code enough}; stops early after a silence of {@code patienceMillis}.
     */
    private static int received(DatagramChannel channel, int enough, int patienceMillis) throws IOException {
        channel.socket().setSoTimeout(patienceMillis);
        int count = 0;
        try {
            while (count < enough) {
                channel.socket().receive(new DatagramPacket(new byte[1], 1));
                count++;
            }
        } catch (SocketTimeoutException _) {
            return count;
        }
        return count;
    }
}
