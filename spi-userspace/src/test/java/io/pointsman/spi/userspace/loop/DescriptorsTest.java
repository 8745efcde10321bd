package io.pointsman.spi.userspace.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.plan.Frontend;
import io.pointsman.spi.userspace.ForkedProxy;
import io.pointsman.spi.userspace.ProxyFixture;
import io.pointsman.spi.userspace.TestClient;
import io.pointsman.spi.userspace.TestPlans;
import io.pointsman.spi.userspace.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests clients, and the rest of the process, if there are more connections than descriptors. */
class DescriptorsTest {
    private static final int OPEN_FILES = 512;
    private static final int CLIENTS = 400;

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldRefuseClientsAtOnceAndGoOnWhenDescriptorsRunShort(String transport) throws Exception {
        final Frontend frontend = ProxyFixture.freeTcp();
        final List<SocketChannel> clients = new ArrayList<>();
        try (TestServer endpoint = TestServer.start(TestServer.ECHO);
                ForkedProxy proxy = ForkedProxy.start(
                        OPEN_FILES,
                        List.of("-Xmx256m"),
                        "TCP:" + frontend.vip() + ":" + frontend.port() + ":"
                                + endpoint.address().getPort(),
                        "transport=" + transport)) {
            int served = 0;
            for (int i = 0; i < CLIENTS; i++) {
                final SocketChannel client = SocketChannel.open();
                clients.add(client);
                client.bind(new InetSocketAddress(InetAddress.ofLiteral("127.1.0." + (1 + i % 7)), 0));
                served += isServed(client, frontend) ? 1 : 0;
            }
            assertThat(served).as(proxy::log).isBetween(50, OPEN_FILES / 2);
            assertThat(proxy.ask("work")).as(proxy::log).isEqualTo("0");
            assertThat(proxy.log().lines().count()).isLessThan(40);
            assertThat(proxy.log()).contains("max-connections").doesNotContain("\tat ");
            for (SocketChannel client : clients) {
                client.close();
            }
            ProxyFixture.await("they are gone", () -> relays(proxy).equals("0"));
            try (Socket late = TestClient.connect(ProxyFixture.at(frontend))) {
                late.getOutputStream().write('x');
                assertThat(late.getInputStream().read()).isEqualTo('x');
            }
        }
    }

    private static String relays(ForkedProxy proxy) {
        try {
            return proxy.ask("relays");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a byte comes back; if not, checks that the connection was reset. */
    private static boolean isServed(SocketChannel client, Frontend frontend) throws Exception {
        try {
            client.connect(ProxyFixture.at(frontend));
            client.write(ByteBuffer.wrap(new byte[] {'x'}));
            client.socket().setSoTimeout(10_000);
            return client.socket().getInputStream().read() == 'x';
        } catch (IOException e) {
            assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe).*");
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldServeOtherClientsWhenOneHasItsShare(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open(
                        "transport", transport, "max-connections", "20", "max-connections-per-client", "3");
                TestServer endpoint = TestServer.start(TestServer.ECHO)) {
            final Frontend frontend = ProxyFixture.freeTcp();
            proxy.apply(TestPlans.rule(frontend, endpoint.address()));
            final List<Socket> greedy = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                greedy.add(served("127.1.0.1", frontend));
            }
            assertThatThrownBy(() -> served("127.1.0.1", frontend)).isInstanceOf(SocketException.class);
            served("127.1.0.2", frontend).close();
            greedy.removeFirst().close();
            ProxyFixture.await("one is gone", () -> proxy.backend().proxy().relays() == 2);
            greedy.add(served("127.1.0.1", frontend));
            for (Socket one : greedy) {
                one.close();
            }
            ProxyFixture.await("all are gone", () -> proxy.backend().proxy().relays() == 0);
        }
    }

    private static Socket served(String from, Frontend frontend) throws Exception {
        final Socket socket = TestClient.connect(from, ProxyFixture.at(frontend));
        socket.getOutputStream().write('x');
        assertThat(socket.getInputStream().read()).isEqualTo('x');
        return socket;
    }

    @Test
    void shouldFitLimitsToWhatThereIs() {
        final Limits wanted = Limits.of(1000, 500);
        assertThat(wanted.within(2500, Long.MAX_VALUE)).isEqualTo(wanted);
        final Limits fitted = wanted.within(1250, Long.MAX_VALUE);
        assertThat(fitted.maxConnections()).isEqualTo(500);
        assertThat(fitted.maxConnectionsPerClient()).isEqualTo(250);
        assertThat(fitted.maxUdpSessions()).isEqualTo(250);
        assertThat(fitted.descriptors()).isEqualTo(1250);
        assertThat(Limits.of(65_536, 4).within(1000, Long.MAX_VALUE).maxUdpSessions())
                .isEqualTo(4);
        assertThat(wanted.within(1, Long.MAX_VALUE).maxConnections()).isEqualTo(1);
        assertThat(wanted.within(2500, 1 << 20).maxConnections()).isLessThan(300);
        assertThat(Descriptors.available(20_000, 100)).isEqualTo(20_000 - 100 - 1024);
        assertThat(Descriptors.available(512, 100)).isEqualTo(512 - 100 - 128);
    }

    @Test
    void shouldCountAnIpv6NetworkAsOneClient() throws Exception {
        final ClientShares shares = new ClientShares(2);
        assertThat(shares.admit(InetAddress.ofLiteral("2001:db8::1"))).isTrue();
        assertThat(shares.admit(InetAddress.ofLiteral("2001:db8::2"))).isTrue();
        assertThat(shares.admit(InetAddress.ofLiteral("2001:db8::3"))).isFalse();
        assertThat(shares.admit(InetAddress.ofLiteral("2001:db8:0:1::1"))).isTrue();
        assertThat(shares.admit(InetAddress.ofLiteral("10.0.0.1"))).isTrue();
        assertThat(shares.admit(InetAddress.ofLiteral("10.0.0.2"))).isTrue();
        assertThat(shares.clients()).isEqualTo(4);
        shares.release(InetAddress.ofLiteral("2001:db8::9"));
        assertThat(shares.admit(InetAddress.ofLiteral("2001:db8::3"))).isTrue();
        shares.release(InetAddress.ofLiteral("10.0.0.1"));
        assertThat(shares.clients()).isEqualTo(3);
    }
}
