package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests a Service's external address that another host has: the Service gets its port there, and nothing else. */
@ExtendWith(LabExtension.class)
class ForeignAddressTest {
    private static final int PORT = 80;
    private static final int TARGET_PORT = 8080;
    private static final int OTHER_PORT = 9100;

    @TempDir
    Path state;

    static Stream<Arguments> flavoursAndFamilies() {
        return ForwardPolicyTest.flavoursAndFamilies();
    }

    @ParameterizedTest
    @MethodSource("flavoursAndFamilies")
    void shouldTakeThePortAloneOfAnAddressThatIsAnothers(Flavour flavour, IpFamily family) throws Exception {
        try (PacketNode lab = PacketNode.open(flavour, family, state);
                AutoCloseable _ = lab.pod.serveEcho(Protocol.TCP, lab.podAddress, TARGET_PORT);
                AutoCloseable _ = lab.client.serveEcho(Protocol.TCP, lab.clientAddress, OTHER_PORT);
                AutoCloseable _ = lab.node.serveEcho(Protocol.TCP, lab.nodeAddress, OTHER_PORT)) {
            final var owner = Plans.owner("web", Protocol.TCP);
            final EndpointPool pool =
                    Plans.pool(owner, PoolId.Scope.CLUSTER, family, lab.podAddress + "," + TARGET_PORT + ",1");
            final List<Rule> rules = new ArrayList<>();
            // the client is a neighbour of the node, and its gateway as far as addresses tell
            for (IpAddress address : List.of(lab.clientAddress, lab.nodeAddress)) {
                final Action forward = Plans.masquerade(pool);
                rules.add(Plans.vip(owner, FrontendKind.EXTERNAL_IP, address.toString(), PORT)
                        .all(forward)
                        .build());
            }
            lab.apply(rules.toArray(Rule[]::new));

            for (LabHost from : List.of(lab.otherPod, lab.node)) {
                assertThat(answering(from, lab.clientAddress, PORT)).isEqualTo("pod");
                assertThat(answering(from, lab.clientAddress, OTHER_PORT)).isEqualTo("client");
            }
            for (LabHost from : List.of(lab.otherPod, lab.client)) {
                assertThat(answering(from, lab.nodeAddress, PORT)).isEqualTo("pod");
                assertThat(answering(from, lab.nodeAddress, OTHER_PORT)).isEqualTo("node");
            }
        }
    }

    private static String answering(LabHost from, IpAddress to, int port) {
        return from.send(Probe.tcp(to, port)).answer().orElseThrow().server();
    }
}
