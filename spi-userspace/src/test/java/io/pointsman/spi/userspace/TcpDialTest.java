package io.pointsman.spi.userspace;

import static io.pointsman.spi.userspace.ProxyFixture.await;
import static io.pointsman.spi.userspace.ProxyFixture.freeTcp;
import static io.pointsman.spi.userspace.ProxyFixture.nobody;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.EpollIoOps;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.Frontend;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.tcp.EpollEnd;
import io.pointsman.spi.userspace.tcp.TcpRelay;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TcpDialTest {
    @Test
    void shouldDialAnotherEndpointWhenOneRefuses() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer alive = TestServer.named("alive")) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, nobody(), nobody(), alive.address(), nobody()));
            for (int i = 0; i < 40; i++) {
                assertThat(TestClient.ask(ProxyFixture.at(frontend))).isEqualTo("alive");
            }
        }
    }

    @Test
    void shouldDialAnotherEndpointWhenOneFailsAtOnce() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer alive = TestServer.named("alive")) {
            final Frontend frontend = freeTcp();
            final InetSocketAddress impossible = new InetSocketAddress("255.255.255.255", 9);
            proxy.apply(TestPlans.rule(frontend, impossible, alive.address()));
            for (int i = 0; i < 10; i++) {
                assertThat(TestClient.ask(ProxyFixture.at(frontend))).isEqualTo("alive");
            }
        }
    }

    @Test
    void shouldResetTheClientWhenAllEndpointsRefuse() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open()) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, nobody(), nobody()));
            assertThatThrownBy(() -> TestClient.ask(ProxyFixture.at(frontend)))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
            await("no connection is left", () -> proxy.backend().proxy().relays() == 0);
        }
    }

    @Test
    void shouldDialAnotherEndpointSoonWhenOneDoesNotAnswer() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("first-connect-timeout", "50ms", "connect-timeout", "1h");
                DeafServer deaf = new DeafServer();
                TestServer alive = TestServer.named("alive")) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, deaf.address(), alive.address()));
            for (int i = 0; i < 6; i++) { // round robin: the deaf endpoint comes first for some
                assertThat(TestClient.ask(ProxyFixture.at(frontend))).isEqualTo("alive");
            }
        }
    }

    @Test
    void shouldGoOnDialingWhenThereIsNoOtherEndpoint() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("first-connect-timeout", "1ms", "connect-timeout", "1h");
                DeafServer deaf = new DeafServer()) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, deaf.address()));
            try (Socket client = TestClient.connect(ProxyFixture.at(frontend))) {
                client.getOutputStream().write("early".getBytes(StandardCharsets.UTF_8));
                client.shutdownOutput();
                await("the proxy dials", () -> proxy.backend().proxy().relays() == 1);
                deaf.hear();
                assertThat(deaf.receive()).isEqualTo("early");
            }
        }
    }

    @Test
    void shouldResetTheClientWhenNoEndpointAnswersInTime() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("first-connect-timeout", "20ms", "connect-timeout", "100ms");
                DeafServer deaf = new DeafServer()) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, deaf.address()));
            assertThatThrownBy(() -> TestClient.ask(ProxyFixture.at(frontend)))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void shouldGiveUpDialingWhenTheClientIsGone() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("connect-timeout", "1h");
                DeafServer deaf = new DeafServer()) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, deaf.address()));
            final Socket client = TestClient.connect(ProxyFixture.at(frontend));
            await("the proxy dials", () -> proxy.backend().proxy().relays() == 1);
            TestClient.reset(client);
            await("the dial is given up", () -> proxy.backend().proxy().relays() == 0);
        }
    }

    @Test
    void shouldGoOnDialingWhenAnErrorIsNotTheSocketsYet() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("first-connect-timeout", "1h", "connect-timeout", "1h");
                DeafServer deaf = new DeafServer()) {
            final ProxyContext context = proxy.backend().proxy();
            assumeTrue(context.transport().isEpoll(), "other transports ask the JDK what became of a connection");
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, deaf.address()));
            try (Socket _ = TestClient.connect(ProxyFixture.at(frontend))) {
                await("the proxy dials", () -> context.relays() == 1);
                for (RelayLoop relayLoop : context.relayLoops()) {
                    final Runnable dial =
                            () -> relayLoop.abort(relay -> isOver(relay, context, relayLoop, deaf.address()));
                    relayLoop.loop().submit(dial).get();
                }
                assertThat(context.relays()).isEqualTo(1);
            }
        }
    }

    /** Whether a dial ends when epoll reports an error while the socket has none. */
    private static boolean isOver(TcpRelay relay, ProxyContext proxy, RelayLoop relayLoop, InetSocketAddress to) {
        final EpollEnd dial =
                new EpollEnd(relay, proxy, relayLoop, proxy.transport().newSocket(IpFamily.IPV4));
        dial.connect(to, null);
        dial.handle(EpollIoOps.EPOLLERR.value());
        final boolean over = !dial.isOpen();
        dial.close();
        return over;
    }

    @Test
    void shouldRefuseAsTheHostDoesWhenTheRuleRejectsEverybody() {
        try (ProxyFixture proxy = ProxyFixture.open()) {
            final Frontend frontend = freeTcp();
            assertThat(proxy.apply(TestPlans.rule(frontend)).rulesInForce()).isEqualTo(1);
            assertThatThrownBy(() -> TestClient.connect(ProxyFixture.at(frontend)))
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void shouldUseEveryEndpointInTurn() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer a = TestServer.named("a");
                TestServer b = TestServer.named("b");
                TestServer c = TestServer.named("c")) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, a.address(), b.address(), c.address()));
            final List<String> answers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                answers.add(TestClient.ask(ProxyFixture.at(frontend)));
            }
            assertThat(answers).containsExactlyInAnyOrder("a", "a", "b", "b", "c", "c");
        }
    }

    @Test
    void shouldKeepAClientAtItsEndpointWhenTheRuleHasAffinity() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer a = TestServer.named("a");
                TestServer b = TestServer.named("b")) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.withAffinity(
                    TestPlans.rule(frontend, a.address(), b.address()), java.time.Duration.ofHours(1)));
            final Set<String> all = new HashSet<>();
            for (int host = 1; host <= 8; host++) {
                final Set<String> answers = new HashSet<>();
                for (int i = 0; i < 6; i++) {
                    try (Socket client = TestClient.connect("127.0.7." + host, ProxyFixture.at(frontend))) {
                        answers.add(TestClient.readAll(client));
                    }
                }
                assertThat(answers).hasSize(1);
                all.addAll(answers);
            }
            assertThat(all).hasSize(2);
        }
    }

    /** Endpoint whose accept queue is full, so that the kernel ignores further SYNs. */
    private static final class DeafServer implements AutoCloseable {
        private final ServerSocket listening;
        private final List<Socket> queued = new ArrayList<>();

        DeafServer() throws IOException {
            listening = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
            while (true) {
                final Socket socket = new Socket();
                queued.add(socket);
                try {
                    socket.connect(listening.getLocalSocketAddress(), 200);
                } catch (java.net.SocketTimeoutException _) {
                    return;
                }
            }
        }

        InetSocketAddress address() {
            return (InetSocketAddress) listening.getLocalSocketAddress();
        }

        /** Accepts the queued connections, so that the next SYN is answered. */
        void hear() throws IOException {
            for (Socket socket : queued) {
                if (socket.isConnected()) {
                    listening.accept().close();
                }
                socket.close();
            }
        }

        String receive() throws IOException {
            listening.setSoTimeout(30_000);
            try (Socket socket = listening.accept()) {
                return TestClient.readAll(socket);
            }
        }

        @Override
        public void close() throws IOException {
            listening.close();
            for (Socket socket : queued) {
                socket.close();
            }
        }
    }
}
