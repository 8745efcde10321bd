package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.TrafficPolicy;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.spi.Availability;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests a Service whose load balancer addresses are those of nodes: each node serves its own address, whose other ports keep
 * working.
 */
class ForeignAddressTest {
    private static final int DAEMON_PORT = 22;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    /** Provider as in an earlier version, which took whole addresses from their owners. */
    private static final class TakingProvider implements BackendProvider {
        private final BackendProvider provider = new UserspaceProvider();
        private boolean takesAll = true;

        @Override
        public String name() {
            return provider.name();
        }

        @Override
        public int priority() {
            return provider.priority();
        }

        @Override
        public Availability probe() {
            return provider.probe();
        }

        @Override
        public Capabilities capabilities() {
            return provider.capabilities();
        }

        @Override
        public ModeSemantics semantics() {
            return takesAll ? ModeSemantics.NFTABLES.with(ModeSemantics.Trait.DIALS_ENDPOINTS) : provider.semantics();
        }

        @Override
        public Backend open(BackendConfig config) throws BackendException {
            return provider.open(config);
        }
    }

    private Cluster open(IpFamily family, BackendProvider provider) throws IOException {
        final Cluster cluster = labs.closing(Cluster.open(family, folder, provider));
        for (String node : List.of(Cluster.APP_NODE, Cluster.BUSYBOX_NODE)) {
            for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
                cluster.host(node).serveEcho(protocol, cluster.nodeAddress(node), DAEMON_PORT);
            }
        }
        final List<IpAddress> ofNodes =
                List.of(cluster.nodeAddress(Cluster.APP_NODE), cluster.nodeAddress(Cluster.BUSYBOX_NODE));
        return cluster.expose(ofNodes, TrafficPolicy.CLUSTER);
    }

    private static ProbeResult send(LabHost from, Protocol protocol, IpAddress to, int port) {
        return from.send(Probe.of(protocol, to, port));
    }

    private static void assertAnswers(LabHost from, IpAddress to, int port) {
        for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
            final ProbeResult result = send(from, protocol, to, port);
            assertThat(result.answer())
                    .as("%s to %s port %s from %s: %s", protocol, to, port, from, result)
                    .isPresent();
        }
    }

    private static void assertNodesReachEachOther(Cluster cluster) throws IOException {
        final IpAddress app = cluster.nodeAddress(Cluster.APP_NODE);
        final IpAddress busybox = cluster.nodeAddress(Cluster.BUSYBOX_NODE);
        for (String host : List.of(Cluster.APP_NODE, "neighbour", "client")) {
            assertAnswers(cluster.host(host), busybox, DAEMON_PORT);
        }
        for (String host : List.of(Cluster.BUSYBOX_NODE, "busybox", "client")) {
            assertAnswers(cluster.host(host), app, DAEMON_PORT);
        }
        for (String host : List.of(Cluster.APP_NODE, Cluster.BUSYBOX_NODE, "neighbour", "busybox", "client")) {
            assertAnswers(cluster.host(host), app, Cluster.PORT);
            assertAnswers(cluster.host(host), busybox, Cluster.PORT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldServeThePortAloneWhenABalancersAddressesAreTheNodes(IpFamily family)
            throws IOException, BackendException {
        final Cluster cluster = open(family, new UserspaceProvider()).start();
        cluster.apply();

        assertNodesReachEachOther(cluster);
    }

    @ParameterizedTest
    @EnumSource
    void shouldGiveBackWhatAnEarlierVersionTook(IpFamily family) throws IOException, BackendException {
        final TakingProvider provider = new TakingProvider();
        final Cluster cluster = open(family, provider).start();
        cluster.apply();
        final LabHost node = cluster.host(Cluster.APP_NODE);
        final IpAddress taken = cluster.nodeAddress(Cluster.BUSYBOX_NODE);
        assertThat(send(node, Protocol.TCP, taken, DAEMON_PORT)).isInstanceOf(ProbeResult.Refused.class);

        provider.takesAll = false;
        for (String each : List.of(Cluster.APP_NODE, Cluster.BUSYBOX_NODE, Cluster.EMPTY_NODE)) {
            cluster.stop(each);
            cluster.start(each);
        }
        cluster.apply();

        assertNodesReachEachOther(cluster);
    }
}
