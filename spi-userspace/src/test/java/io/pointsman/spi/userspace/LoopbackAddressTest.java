package io.pointsman.spi.userspace;

import static io.pointsman.spi.userspace.ProxyFixture.at;
import static io.pointsman.spi.userspace.ProxyFixture.freeTcp;
import static io.pointsman.spi.userspace.ProxyFixture.freeUdp;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.plan.Frontend;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests an address that looks like the broadcast address of a loopback network, to which the JDK refuses to bind an IPv4
 * socket.
 */
class LoopbackAddressTest {
    private static final IpAddress VIP = IpAddress.parse("127.45.67.255");

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldServeOneThatEndsIn255(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                TestServer server = TestServer.named("tcp");
                UdpServer datagrams = UdpServer.start("udp");
                UdpClient client = new UdpClient()) {
            final Frontend tcp = freeTcp(VIP);
            final Frontend udp = freeUdp(VIP);
            proxy.apply(TestPlans.rule(tcp, server.address()), TestPlans.rule(udp, datagrams.address()));
            client.connect(at(udp));
            assertThat(TestClient.ask(at(tcp))).isEqualTo("tcp");
            assertThat(client.askName()).isEqualTo("udp");
        }
    }
}
