package io.pointsman.spi.userspace;

import static io.pointsman.spi.userspace.ProxyFixture.at;
import static io.pointsman.spi.userspace.ProxyFixture.await;
import static io.pointsman.spi.userspace.ProxyFixture.freeUdp;
import static io.pointsman.spi.userspace.ProxyFixture.nobody;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pointsman.model.IpAddress;
import io.pointsman.plan.Action;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PoolId;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UdpTest {
    private static final int LARGEST = 65_507;

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldCarryDatagramsOfAnySizeBothWays(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                UdpServer server = UdpServer.start("");
                UdpClient client = new UdpClient()) {
            final Frontend frontend = freeUdp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            client.connect(at(frontend));
            for (int size : new int[] {1, 500, 1472, 9000, LARGEST}) {
                assertThat(client.ask(size)).isEqualTo(size);
            }
            assertThat(sessions(proxy)).isEqualTo(1);
        }
    }

    /** Tests empty datagrams from a socket that is not connected: a connected socket of the JDK sends none. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldCarryDatagramsWithoutPayloadBothWays(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                UdpServer server = UdpServer.start("");
                DatagramSocket client = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            final Frontend frontend = freeUdp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            client.setSoTimeout(30_000);
            final int rounds = 200; // an answer may come at any step of sending
            for (int i = 0; i < rounds; i++) {
                for (int size : new int[] {0, 1, 0, 0, 9}) {
                    client.send(new DatagramPacket(new byte[size], size, at(frontend)));
                    final DatagramPacket answer = new DatagramPacket(new byte[16], 16);
                    client.receive(answer);
                    assertThat(answer.getLength()).as("round %s", i).isEqualTo(size);
                }
            }
            assertThat(server.received()).isEqualTo(5 * rounds);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldGoOnAfterADatagramWithoutPayloadThatNobodyTook(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                UdpServer alive = UdpServer.start("alive");
                UdpClient client = new UdpClient()) {
            final Frontend frontend = freeUdp();
            proxy.apply(TestPlans.rule(frontend, nobody(), alive.address()));
            client.connect(at(frontend));
            client.send(0);
            await("the session finds it", () -> client.tryAskName().equals("alive"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldRelayIpv6(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                UdpServer server = UdpServer.start("::1", "six");
                UdpClient client = new UdpClient()) {
            final Frontend frontend = freeUdp(IpAddress.parse("::1"));
            proxy.apply(TestPlans.rule(frontend, server.address()));
            client.connect(at(frontend));
            assertThat(client.askName()).isEqualTo("six");
        }
    }

    @Test
    void shouldKeepEachClientAtOneEndpoint() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                UdpServer a = UdpServer.start("a");
                UdpServer b = UdpServer.start("b")) {
            final Frontend frontend = freeUdp();
            proxy.apply(TestPlans.rule(frontend, a.address(), b.address()));
            final Set<String> all = new HashSet<>();
            for (int i = 0; i < 10; i++) {
                try (UdpClient client = new UdpClient()) {
                    client.connect(at(frontend));
                    final String first = client.askName();
                    assertThat(client.askName()).isEqualTo(first);
                    all.add(first);
                }
            }
            assertThat(all).containsExactlyInAnyOrder("a", "b");
        }
    }

    @Test
    void shouldMoveTheClientWhenItsEndpointIsReplaced() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                UdpServer before = UdpServer.start("before");
                UdpServer after = UdpServer.start("after");
                UdpClient client = new UdpClient()) {
            final Frontend frontend = freeUdp();
            proxy.apply(TestPlans.rule(frontend, before.address()));
            client.connect(at(frontend));
            assertThat(client.askName()).isEqualTo("before");
            proxy.apply(TestPlans.rule(frontend, after.address()));
            await("the session moved", () -> client.tryAskName().equals("after"));
        }
    }

    @Test
    void shouldTryAnotherEndpointWhenOneIsUnreachable() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                UdpServer alive = UdpServer.start("alive")) {
            final Frontend frontend = freeUdp();
            proxy.apply(TestPlans.rule(frontend, nobody(), alive.address(), nobody()));
            for (int i = 0; i < 6; i++) {
                try (UdpClient client = new UdpClient()) {
                    client.connect(at(frontend));
                    await("the session finds it", () -> client.tryAskName().equals("alive"));
                }
            }
        }
    }

    /** Tests the broadcast address, to which the kernel refuses to connect a UDP socket. */
    @Test
    void shouldTryAnotherEndpointWhenOneFailsAtOnce() throws Exception {
        final InetSocketAddress impossible = new InetSocketAddress("255.255.255.255", 9);
        try (ProxyFixture proxy = ProxyFixture.open();
                UdpServer alive = UdpServer.start("alive")) {
            final Frontend frontend = freeUdp();
            final Frontend hopeless = freeUdp();
            proxy.apply(TestPlans.rule(frontend, impossible, alive.address()), TestPlans.rule(hopeless, impossible));
            for (int i = 0; i < 6; i++) {
                try (UdpClient client = new UdpClient();
                        UdpClient unlucky = new UdpClient()) {
                    client.connect(at(frontend));
                    assertThat(client.askName()).isEqualTo("alive");
                    unlucky.connect(at(hopeless));
                    unlucky.send(1);
                }
            }
            await("the hopeless are forgotten", () -> sessions(proxy) == 6);
        }
    }

    /**
     * Tests a connected UDP socket that another program ends (SOCK_DESTROY, as Cilium does for backends that are gone). It
     * reports ECONNABORTED once; then it has neither peer nor port, and every send fails.
     */
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldGoOnWithAnotherSocketWhenTheKernelWasToldToEndItsOwn(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                UdpServer server = UdpServer.start("server");
                UdpClient client = new UdpClient()) {
            final Frontend frontend = freeUdp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            client.connect(at(frontend));
            assertThat(client.askName()).isEqualTo("server");

            final Process ss = new ProcessBuilder(
                            "ss",
                            "-HunK",
                            "dst",
                            "127.0.0.1:" + server.address().getPort())
                    .redirectErrorStream(true)
                    .start();
            final String ended = new String(ss.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assumeTrue(ss.waitFor() == 0 && !ended.isBlank(), "ending sockets takes CAP_NET_ADMIN: " + ended);

            await("it is answered again", () -> client.tryAskName().equals("server"));
            assertThat(sessions(proxy)).isEqualTo(1);
        }
    }

    @Test
    void shouldFindAnEndpointThatCameBackOnItsAddress() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                UdpClient client = new UdpClient()) {
            final Frontend frontend = freeUdp();
            final UdpServer first = UdpServer.start("first");
            proxy.apply(TestPlans.rule(frontend, first.address()));
            client.connect(at(frontend));
            assertThat(client.askName()).isEqualTo("first");
            first.close();
            client.send(10);
            await("the session ended", () -> sessions(proxy) == 0);
            try (UdpServer second = UdpServer.start(first.address(), "second")) {
                await("it is found", () -> client.tryAskName().equals("second"));
                assertThat(second.address()).isEqualTo(first.address());
            }
        }
    }

    @Test
    void shouldForgetIdleSessionsSoonerWhenNobodyAnswered() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                UdpServer answering = UdpServer.start("answer");
                UdpServer silent = UdpServer.silent();
                UdpClient answered = new UdpClient();
                UdpClient unanswered = new UdpClient()) {
            final Frontend one = freeUdp();
            final Frontend other = freeUdp();
            proxy.apply(TestPlans.rule(one, answering.address()), TestPlans.rule(other, silent.address()));
            answered.connect(at(one));
            assertThat(answered.askName()).isEqualTo("answer");
            proxy.advance(Duration.ofSeconds(3)); // from now on it is a stream
            assertThat(answered.askName()).isEqualTo("answer");
            unanswered.connect(at(other));
            unanswered.send(1);
            await("its datagram came through", () -> silent.received() == 1); // so that the session has its time
            assertThat(sessions(proxy)).isEqualTo(2);
            proxy.advance(Duration.ofSeconds(31));
            await("the unanswered is gone", () -> sessions(proxy) == 1);
            assertThat(answered.askName()).isEqualTo("answer"); // which restarts its 120 s
            proxy.advance(Duration.ofSeconds(100));
            assertThat(sessions(proxy)).isEqualTo(1);
            proxy.advance(Duration.ofSeconds(21));
            await("both are gone", () -> sessions(proxy) == 0);
            assertThat(answered.askName()).isEqualTo("answer");
            proxy.advance(Duration.ofSeconds(31)); // a query with its answer is no stream
            await("it is gone as soon as one without an answer", () -> sessions(proxy) == 0);
        }
    }

    /** Tests traffic like DNS: many queries a second, each from a new port, and answered. */
    @Test
    void shouldKeepQueriesInFlightWhenTheTableIsFullOfAnsweredOnes() throws Exception {
        final int most = 64;
        try (ProxyFixture proxy = ProxyFixture.open("max-udp-sessions", String.valueOf(most));
                UdpServer answering = UdpServer.start("answer");
                DatagramSocket late = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            final Frontend quick = freeUdp();
            final Frontend slow = freeUdp();
            proxy.apply(TestPlans.rule(quick, answering.address()), TestPlans.rule(slow, (InetSocketAddress)
                    late.getLocalSocketAddress()));
            final List<UdpClient> clients = new ArrayList<>();
            askAll(clients, most, quick);
            final List<UdpClient> inFlight = new ArrayList<>();
            for (int i = 0; i < most / 4; i++) {
                final UdpClient client = new UdpClient();
                clients.add(client);
                inFlight.add(client);
                client.connect(at(slow));
                client.send(2);
            }
            final List<SocketAddress> sessions = new ArrayList<>();
            late.setSoTimeout(30_000);
            for (int i = 0; i < inFlight.size(); i++) {
                final DatagramPacket query = new DatagramPacket(new byte[2], 2);
                late.receive(query);
                sessions.add(query.getSocketAddress());
            }
            askAll(clients, most * 4, quick); // many others come and are answered
            for (SocketAddress session : sessions) {
                late.send(new DatagramPacket(new byte[] {1, 2, 3}, 3, session));
            }
            for (UdpClient client : inFlight) {
                assertThat(client.receiveBytes()).isEqualTo(3);
            }
            await("there are no more than may be", () -> sessions(proxy) <= most);
            for (UdpClient client : clients) {
                client.close();
            }
        }
    }

    private static void askAll(List<UdpClient> clients, int count, Frontend frontend) throws IOException {
        for (int i = 0; i < count; i++) {
            final UdpClient client = new UdpClient();
            clients.add(client);
            client.connect(at(frontend));
            assertThat(client.askName()).isEqualTo("answer");
        }
    }

    @Test
    void shouldEndTheLongestIdleWhenThereAreTooManyStreams() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("max-udp-sessions", "4", "event-loops", "1");
                UdpServer answering = UdpServer.start("answer");
                UdpServer silent = UdpServer.silent();
                UdpClient fresh = new UdpClient()) {
            final Frontend one = freeUdp();
            final Frontend other = freeUdp();
            proxy.apply(TestPlans.rule(one, answering.address()), TestPlans.rule(other, silent.address()));
            final List<UdpClient> streams = new ArrayList<>();
            askAll(streams, 4, one);
            proxy.advance(Duration.ofSeconds(3));
            for (UdpClient stream : streams) {
                assertThat(stream.askName()).isEqualTo("answer");
            }
            fresh.connect(at(other));
            fresh.send(1);
            await("the query came through", () -> silent.received() == 1);
            assertThat(clientsOf(proxy))
                    .doesNotContain(streams.getFirst().port())
                    .hasSize(4);
            assertThat(clientsOf(proxy)).contains(fresh.port());
            for (UdpClient stream : streams) {
                stream.close();
            }
        }
    }

    private static List<Integer> clientsOf(ProxyFixture proxy) {
        try (var flows = proxy.backend().flows()) {
            return flows.map(flow -> flow.original().sourcePort()).toList();
        }
    }

    @Test
    void shouldKeepStreamsWhenThereAreTooManyWithoutAnAnswer() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("max-udp-sessions", "4", "event-loops", "1");
                UdpServer answering = UdpServer.start("answer");
                UdpServer silent = UdpServer.silent()) {
            final Frontend one = freeUdp();
            final Frontend other = freeUdp();
            proxy.apply(TestPlans.rule(one, answering.address()), TestPlans.rule(other, silent.address()));
            final List<UdpClient> clients = new ArrayList<>();
            try (UdpClient answered = new UdpClient()) {
                answered.connect(at(one));
                assertThat(answered.askName()).isEqualTo("answer");
                proxy.advance(Duration.ofSeconds(3)); // from now on it is a stream
                assertThat(answered.askName()).isEqualTo("answer");
                for (int i = 0; i < 50; i++) {
                    final UdpClient client = new UdpClient();
                    clients.add(client);
                    client.connect(at(other));
                    client.send(1);
                }
                await("all came through", () -> silent.received() == 50);
                assertThat(sessions(proxy)).isEqualTo(4);
                try (var flows = proxy.backend().flows()) {
                    assertThat(flows).anyMatch(flow -> flow.state().equals("ESTABLISHED"));
                }
            } finally {
                for (UdpClient client : clients) {
                    client.close();
                }
            }
        }
    }

    @Test
    void shouldAnswerWithPortUnreachableWhenTheRuleRejectsOrGoes() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                UdpServer server = UdpServer.start("server");
                UdpClient client = new UdpClient()) {
            final Frontend frontend = freeUdp();
            proxy.apply(TestPlans.rule(frontend));
            client.connect(at(frontend));
            assertThatThrownBy(client::askName).isInstanceOf(PortUnreachableException.class);
            proxy.apply(TestPlans.rule(frontend, server.address()));
            assertThat(client.askName()).isEqualTo("server");
            proxy.apply();
            assertThat(sessions(proxy)).isZero();
            assertThatThrownBy(client::askName).isInstanceOf(PortUnreachableException.class);
        }
    }

    @Test
    void shouldSwallowDatagramsWhenTheRuleDrops() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                UdpClient client = new UdpClient()) {
            final Frontend frontend = freeUdp();
            proxy.apply(TestPlans.rule(
                    frontend, Action.DROP, Action.DROP, Action.DROP, TestPlans.pool(frontend, PoolId.Scope.SERVING)));
            client.connect(at(frontend));
            client.patience(Duration.ofMillis(200));
            assertThatThrownBy(client::askName).isInstanceOf(SocketTimeoutException.class);
            assertThat(sessions(proxy)).isZero();
        }
    }

    private static long sessions(ProxyFixture proxy) {
        try (var flows = proxy.backend().flows()) {
            return flows.count();
        }
    }

    @Test
    void shouldServeManyClientsAtOnce() throws IOException {
        try (ProxyFixture proxy = ProxyFixture.open();
                UdpServer server = UdpServer.start("server")) {
            final Frontend frontend = freeUdp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            final List<UdpClient> clients = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                final UdpClient client = new UdpClient();
                client.connect(at(frontend));
                clients.add(client);
            }
            for (int round = 0; round < 5; round++) {
                for (UdpClient client : clients) {
                    assertThat(client.askName()).isEqualTo("server");
                }
            }
            assertThat(sessions(proxy)).isEqualTo(200);
            for (UdpClient client : clients) {
                client.close();
            }
        }
    }
}
