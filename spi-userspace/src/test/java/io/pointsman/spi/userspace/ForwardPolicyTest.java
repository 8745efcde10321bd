package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.TrafficPolicy;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests a node that forwards nothing but neighbour discovery, which Linux counts as forwarding between ports of a bridge.
 * The proxy's packets are the node's own, including those with borrowed addresses.
 */
class ForwardPolicyTest {
    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void shouldServeAndKeepSourcesWhenTheHostForwardsNothing(IpFamily family) throws Exception {
        final Cluster cluster = labs.closing(Cluster.open(family, folder)).start();
        final LabHost node = cluster.host(Cluster.APP_NODE);
        node.run(
                        "nft",
                        "add table inet host; add chain inet host forward {type filter hook forward priority 0; policy drop;};"
                                + " add rule inet host forward icmpv6 type {nd-neighbor-solicit, nd-neighbor-advert} accept")
                .outputOrFail();
        cluster.expose(TrafficPolicy.LOCAL).apply();

        for (Protocol protocol : new Protocol[] {Protocol.TCP, Protocol.UDP}) {
            assertThat(seen(cluster.host("client"), protocol, cluster.nodeAddress(Cluster.APP_NODE), Cluster.NODE_PORT))
                    .isEqualTo(cluster.of("client"));
            assertThat(seen(cluster.host("neighbour"), protocol, cluster.clusterIp(), Cluster.PORT))
                    .isEqualTo(cluster.of("neighbour"));
        }
    }

    private static IpAddress seen(LabHost from, Protocol protocol, IpAddress to, int port) {
        final ProbeResult result = from.send(Probe.of(protocol, to, port));
        return result.answer()
                .orElseThrow(() -> new AssertionError(protocol + ": " + result))
                .peer();
    }
}
