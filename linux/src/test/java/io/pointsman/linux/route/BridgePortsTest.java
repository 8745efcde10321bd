package io.pointsman.linux.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BridgePortsTest {
    private static final IpAddress POD = IpAddress.parse("10.244.0.7");
    private static final IpAddress OTHER_POD = IpAddress.parse("10.244.0.8");

    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    @Test
    void shouldKnowWhoIsReachedOverABridgeOfThisHost() throws IOException {
        try (RouteNetlink netlink = namespaces.create().call(RouteNetlink::open)) {
            netlink.addLink("br0", "bridge");
            netlink.addAddress(netlink.linkIndex("br0"), IpAddress.parse("10.244.0.1"), 24);
            netlink.setUp("br0");
            netlink.addRoute(Route.via(Cidr.parse("10.244.0.128/25"), IpAddress.parse("10.244.0.2")));

            final BridgePorts ports = BridgePorts.look(netlink);

            assertThat(ports.areNeighbours(POD, OTHER_POD)).isTrue();
            assertThat(ports.bridgeOf(POD))
                    .isEqualTo(netlink.link("br0").orElseThrow().hardwareAddress());
            assertThat(ports.bridgeOf(IpAddress.parse("10.244.0.200")))
                    .as("behind a gateway")
                    .isEmpty();
            assertThat(ports.areNeighbours(POD, IpAddress.parse("10.245.0.1"))).isFalse();
            assertThat(BridgePorts.none().areNeighbours(POD, OTHER_POD)).isFalse();
        }
    }
}
