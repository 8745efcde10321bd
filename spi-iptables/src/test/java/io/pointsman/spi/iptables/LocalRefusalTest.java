package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.route.Route;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.FrontendKind;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests how the node's own programs see that a Service has no endpoint. A rejection in OUTPUT gives a sender of datagrams
 * EPERM, as a firewall does; only a rejection in INPUT is seen as a refusal.
 */
@ExtendWith(LabExtension.class)
class LocalRefusalTest {
    private static final int PORT = 53;
    private static final int NODE_PORT = 30053;

    @TempDir
    Path state;

    static Stream<Arguments> flavoursAndFamilies() {
        return ForwardPolicyTest.flavoursAndFamilies();
    }

    @ParameterizedTest
    @MethodSource("flavoursAndFamilies")
    void shouldRefuseAtItsOwnAddressesAsAClosedPortDoes(Flavour flavour, IpFamily family) throws Exception {
        try (PacketNode lab = PacketNode.open(flavour, family, state)) {
            for (Protocol protocol : new Protocol[] {Protocol.UDP, Protocol.TCP}) {
                final var owner = Plans.owner("dns", protocol);
                lab.apply(
                        Plans.nodePort(owner, family, NODE_PORT)
                                .all(Action.REJECT)
                                .build(),
                        Plans.vip(owner, FrontendKind.EXTERNAL_IP, lab.nodeAddress.toString(), PORT)
                                .all(Action.REJECT)
                                .build());

                assertRefused(lab, protocol, lab.nodeAddress, NODE_PORT);
                assertRefused(lab, protocol, lab.nodeAddress, PORT);
                assertThat(lab.client.send(Probe.of(protocol, lab.nodeAddress, NODE_PORT)))
                        .isInstanceOf(ProbeResult.Refused.class);
            }
        }
    }

    private static void assertRefused(PacketNode lab, Protocol protocol, IpAddress address, int port) {
        assertThat(lab.node.send(Probe.of(protocol, address, port)))
                .as("%s %s", protocol, address.withPort(port))
                .isInstanceOf(ProbeResult.Refused.class);
    }

    /**
     * Tests an address that is not the node's, as with kube-proxy: the packet would leave the node, so OUTPUT is the only
     * place to refuse it.
     */
    @ParameterizedTest
    @MethodSource("flavoursAndFamilies")
    void shouldRefuseOnTheWayOutAtAddressesOfNobody(Flavour flavour, IpFamily family) throws Exception {
        final IpAddress vip = IpAddress.parse(family == IpFamily.IPV4 ? "172.30.0.1" : "fd00:30::1");
        try (PacketNode lab = PacketNode.open(flavour, family, state)) {
            lab.node.route(Route.everything(family), "client");
            for (Protocol protocol : new Protocol[] {Protocol.UDP, Protocol.TCP}) {
                lab.apply(Plans.clusterIp(Plans.owner("dns", protocol), vip.toString(), PORT)
                        .all(Action.REJECT)
                        .build());

                final ProbeResult result = lab.node.send(Probe.of(protocol, vip, PORT));
                if (protocol == Protocol.UDP) {
                    assertThat(result).isEqualTo(new ProbeResult.Unreachable("IOException: Operation not permitted"));
                } else {
                    assertThat(result).isInstanceOf(ProbeResult.Refused.class);
                }
            }
        }
    }
}
