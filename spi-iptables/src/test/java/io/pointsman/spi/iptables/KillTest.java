package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.OwnedChain;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kills a process while it writes rules and lets another take over, several times; a connection through those rules must go
 * on. In its own network namespaces, needs root.
 */
class KillTest {
    private static final List<Long> SEEDS = List.of(11L, 12L, 13L, 14L, 15L, 16L);
    private static final int MAX_DELAY_MILLIS = 150;
    private static final int ANSWER_MILLIS = 10_000;

    @TempDir
    Path state;

    @TempDir
    Path elsewhere;

    private static void link(NetNs client, NetNs node, NetNs server) throws IOException {
        node.run("sh", "-ec", """
                ip link add tc type veth peer name eth0 netns %s
                ip link add ts type veth peer name eth0 netns %s
                ip addr add 10.200.0.1/24 dev tc
                ip addr add 10.201.0.1/24 dev ts
                ip link set tc up
                ip link set ts up
                echo 1 > /proc/sys/net/ipv4/ip_forward
                """.formatted(client.name, server.name));
        client.run(
                "sh",
                "-ec",
                "ip addr add 10.200.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.200.0.1");
        server.run(
                "sh",
                "-ec",
                "ip addr add 10.201.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.201.0.1");
    }

    private static void echo(ServerSocket listener) {
        try (Socket connection = listener.accept()) {
            connection.getInputStream().transferTo(connection.getOutputStream());
        } catch (IOException _) {
            listener.isClosed(); // the test is over
        }
    }

    /**
     * Connects. To be called inside the client's namespace: a socket belongs to the namespace in which it is bound, not
     * constructed.
     */
    private static Socket connect() throws IOException {
        final Socket connection = new Socket();
        connection.bind(new InetSocketAddress("10.200.0.2", 0)); // fails in any other namespace, before any packet
        connection.setSoTimeout(ANSWER_MILLIS);
        connection.connect(new InetSocketAddress("172.30.0.1", 80), ANSWER_MILLIS);
        return connection;
    }

    private static void exchange(Socket connection, int value) throws IOException {
        connection.getOutputStream().write(value);
        assertThat(connection.getInputStream().read()).isEqualTo(value);
    }

    private Process start(NetNs node, Flavour flavour, long seed) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledMain.class.getName(),
                        node.name,
                        flavour.word(),
                        state.toString(),
                        Long.toString(seed))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Starts a process and kills it with SIGKILL at a time that the seed chooses, in its first writes or later. */
    private void killAmidst(NetNs node, Flavour flavour, long seed) throws IOException {
        final Random random = new Random(seed);
        final Process process = start(node, flavour, seed);
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (int i = random.nextInt(4); i > 0; i--) {
                assertThat(said.readLine())
                        .as("seed %d: a plan was applied", seed)
                        .isNotNull();
            }
            LockSupport.parkNanos(random.nextInt(MAX_DELAY_MILLIS) * 1_000_000L);
            assertThat(process.isAlive())
                    .as("seed %d: the process that is to be killed", seed)
                    .isTrue();
        } finally {
            process.destroyForcibly().onExit().join();
        }
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldConvergeAndKeepConnectionsWhenKilledAtAnyTime(Flavour flavour) throws Exception {
        try (NetNs client = NetNs.create();
                NetNs node = NetNs.create();
                NetNs server = NetNs.create()) {
            link(client, node, server);
            final ForwardingPlan first = KilledMain.plan(1, new Random(1));
            try (Backend backend = open(node, flavour, state)) {
                backend.apply(first, Plans.delta(null, first));
            }
            try (ServerSocket listener = Whereabouts.of(server.name).call(() -> new ServerSocket(8080));
                    Socket connection = Whereabouts.of(client.name).call(KillTest::connect)) {
                Thread.ofPlatform().daemon().start(() -> echo(listener));
                exchange(connection, 1);
                for (long seed : SEEDS) {
                    killAmidst(node, flavour, seed);
                    exchange(connection, 2);
                    takeOver(node, flavour, seed);
                    exchange(connection, 3);
                }
            }
        }
    }

    private Backend open(NetNs netns, Flavour flavour, Path directory) throws Exception {
        return new IptablesProvider()
                .open(new BackendConfig(
                        directory,
                        Map.of(
                                "netns",
                                netns.name,
                                "flavour",
                                flavour.word(),
                                "watch-seconds",
                                "0",
                                "comment-limit",
                                "0")));
    }

    /** Checks that the next process makes rules as on a fresh host, and owns only those. */
    private void takeOver(NetNs node, Flavour flavour, long seed) throws Exception {
        final ForwardingPlan plan = KilledMain.plan(1, new Random(~seed));
        try (Backend backend = open(node, flavour, state)) {
            final ApplyReport report = backend.apply(plan, Plans.delta(null, plan));
            assertThat(report.problems()).as("seed %d", seed).isEmpty();
            try (NetNs fresh = NetNs.create();
                    Backend reference = open(fresh, flavour, elsewhere.resolve(flavour.word() + seed))) {
                reference.apply(plan, Plans.delta(null, plan));
                assertThat(rules(node, flavour)).as("seed %d", seed).isEqualTo(rules(fresh, flavour));
                assertThat(OwnedChain.ledger(state).owned(OwnedChain.KIND))
                        .as("seed %d", seed)
                        .isEqualTo(OwnedChain.ledger(elsewhere.resolve(flavour.word() + seed))
                                .owned(OwnedChain.KIND));
            }
        }
    }

    private static String rules(NetNs netns, Flavour flavour) throws IOException {
        return netns.run(flavour.save(IpFamily.IPV4))
                .replaceAll("(?m)^#.*\\R", "")
                .replaceAll("\\[\\d+:\\d+]", "");
    }
}
