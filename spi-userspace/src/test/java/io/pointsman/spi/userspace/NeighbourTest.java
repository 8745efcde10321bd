package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Endpoint;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.TrafficPolicy;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.userspace.host.NftTables;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests a client on the same bridge as its endpoints, which come and go: their answers must come back through the node. */
class NeighbourTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String CLIENT = "neighbour";
    private static final int LOOKS_MILLIS = 2_500; // the host is checked each second
    private static final int CHANGES = 20;
    private static final int REQUESTS_BETWEEN = 5;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    private Cluster open(IpFamily family) throws IOException, BackendException {
        return labs.closing(Cluster.open(family, folder)).withSecondApp().start();
    }

    private static Endpoint leaving(IpAddress address) {
        return Endpoint.of(address, Endpoint.Condition.SERVING, Endpoint.Condition.TERMINATING);
    }

    private static void assertAnswered(LabConnection connection, Cluster cluster) throws IOException {
        final ProbeResult result = connection.exchange(PATIENCE);
        assertThat(result.answer().map(ProbeResult.Answered::peer))
                .as(result.toString())
                .contains(cluster.of(CLIENT));
    }

    private static String bridged(Cluster cluster) {
        try {
            return cluster.host(Cluster.APP_NODE)
                    .run("nft", "list", "table", "bridge", NftTables.NAME)
                    .outputOrFail();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldKeepAConnectionWhenItsEndpointLeaves(IpFamily family)
            throws IOException, BackendException, InterruptedException {
        final Cluster cluster = open(family);
        final IpAddress second = cluster.of("source-ip-app-2");
        cluster.expose(TrafficPolicy.CLUSTER).apply(Cluster.APP_NODE);
        final LabHost client = cluster.host(CLIENT);
        try (LabConnection tcp = client.connect(Probe.tcp(cluster.clusterIp(), Cluster.PORT));
                LabConnection udp = client.connect(Probe.udp(cluster.clusterIp(), Cluster.PORT))) {
            assertAnswered(tcp, cluster);
            assertAnswered(udp, cluster);

            cluster.endpoints(leaving(cluster.app()), Endpoint.ready(second)).apply(Cluster.APP_NODE);
            Thread.sleep(LOOKS_MILLIS);

            assertAnswered(tcp, cluster);
            assertAnswered(udp, cluster);

            cluster.endpoints(Endpoint.ready(second)).apply(Cluster.APP_NODE);
            Thread.sleep(LOOKS_MILLIS);

            assertAnswered(tcp, cluster);
        }
        ProxyFixture.await("the answers of the app that left are its own affair", () -> !bridged(cluster)
                .contains(cluster.app() + " . "));
        assertThat(bridged(cluster)).contains(second + " . ");
    }

    /**
     * Counts resets by the client's host. It sends one for an answer that bypassed the node, because that has an unknown
     * source.
     */
    @ParameterizedTest
    @EnumSource
    void shouldLeadEveryAnswerBackWhenEndpointsComeAndGo(IpFamily family)
            throws IOException, BackendException, InterruptedException {
        final Cluster cluster = open(family);
        final LabHost client = cluster.host(CLIENT);
        final IpAddress second = cluster.of("source-ip-app-2");
        cluster.expose(TrafficPolicy.CLUSTER).apply(Cluster.APP_NODE);
        final AtomicBoolean stopped = new AtomicBoolean();
        final AtomicLong requests = new AtomicLong();
        final Queue<ProbeResult> failures = new ConcurrentLinkedQueue<>();
        final Thread load = Thread.ofPlatform().start(() -> {
            while (!stopped.get()) {
                final ProbeResult result = client.send(Probe.of(Protocol.TCP, cluster.clusterIp(), Cluster.PORT)
                        .within(PATIENCE));
                if (result.answer().isEmpty()) {
                    failures.add(result);
                }
                requests.incrementAndGet();
            }
        });
        try {
            for (int i = 0; i < CHANGES; i++) {
                cluster.endpoints(Endpoint.ready(i % 2 == 0 ? second : cluster.app()))
                        .apply(Cluster.APP_NODE);
                final long enough = requests.get() + REQUESTS_BETWEEN;
                ProxyFixture.await("requests", () -> requests.get() >= enough);
            }
        } finally {
            stopped.set(true);
            load.join();
        }

        assertThat(failures).isEmpty();
        assertThat(resets(client)).isZero();
    }

    private static long resets(LabHost host) throws IOException {
        final String[] counters =
                host.run("grep", "^Tcp:", "/proc/net/snmp").outputOrFail().split("\n", -1);
        final String[] names = counters[0].split(" ", -1);
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals("OutRsts")) {
                return Long.parseLong(counters[1].split(" ", -1)[i]);
            }
        }
        throw new IOException("no OutRsts in " + counters[0]);
    }
}
