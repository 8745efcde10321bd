package io.pointsman.spi.userspace;

import static io.pointsman.spi.userspace.ProxyFixture.await;
import static io.pointsman.spi.userspace.ProxyFixture.freeTcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.plan.Action;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PoolId;
import io.pointsman.spi.userspace.loop.RelayLoop;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests connections that end other than by a FIN each way. */
class TcpEndTest {
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldResetTheClientWhenTheEndpointResets(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                TestServer server = TestServer.start(socket -> {
                    assertThat(socket.getInputStream().read()).isEqualTo('x');
                    TestClient.reset(socket);
                })) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            try (Socket client = TestClient.connect(ProxyFixture.at(frontend))) {
                client.getOutputStream().write('x');
                assertThatThrownBy(() -> TestClient.readAll(client))
                        .isInstanceOf(SocketException.class)
                        .hasMessageContaining("reset");
            }
            await("no connection is left", () -> proxy.backend().proxy().relays() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldForgetAClientWhenItResetsBeforeItIsLookedAt(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                TestServer server = TestServer.start(TestServer.ECHO)) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            final CountDownLatch reset = new CountDownLatch(1);
            for (RelayLoop relayLoop : proxy.backend().proxy().relayLoops()) {
                final var _ = relayLoop.loop().submit(() -> reset.await(30, TimeUnit.SECONDS));
            }
            for (int i = 0; i < 10; i++) {
                TestClient.reset(TestClient.connect(ProxyFixture.at(frontend)));
            }
            reset.countDown();
            try (Socket client = TestClient.connect(ProxyFixture.at(frontend))) {
                client.getOutputStream().write('x');
                assertThat(client.getInputStream().read()).isEqualTo('x');
            }
            await("no connection is left", () -> proxy.backend().proxy().relays() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldResetTheEndpointWhenTheClientResets(String transport) throws Exception {
        final CompletableFuture<Throwable> seen = new CompletableFuture<>();
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                TestServer server = TestServer.start(socket -> {
                    try {
                        socket.getOutputStream().write('x');
                        TestClient.readAll(socket);
                        seen.complete(new AssertionError("ended with a FIN"));
                    } catch (IOException e) {
                        seen.complete(e);
                    }
                })) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            final Socket client = TestClient.connect(ProxyFixture.at(frontend));
            assertThat(client.getInputStream().read()).isEqualTo('x');
            TestClient.reset(client);
            assertThat(seen.get(30, TimeUnit.SECONDS))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
            await("no connection is left", () -> proxy.backend().proxy().relays() == 0);
        }
    }

    /** Urgent data is obsolete (RFC 6093), but telnet, rlogin and FTP send it, and a read stops at it. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldPassOnAnUrgentByteAmongTheOthers(String transport) throws Exception {
        final CompletableFuture<String> seen = new CompletableFuture<>();
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                TestServer server = TestServer.start(socket -> {
                    seen.complete(new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII));
                    sendUrgent(socket);
                    assertThat(socket.getInputStream().read()).isEqualTo(-1);
                })) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            final CountDownLatch sent = new CountDownLatch(1);
            for (RelayLoop relayLoop : proxy.backend().proxy().relayLoops()) {
                final var _ = relayLoop.loop().submit(() -> sent.await(30, TimeUnit.SECONDS));
            }
            try (Socket client = TestClient.connect(ProxyFixture.at(frontend))) {
                client.setOOBInline(true);
                client.setSoTimeout(30_000);
                sendUrgent(client);
                sent.countDown();
                assertThat(seen.get(30, TimeUnit.SECONDS)).isEqualTo("ab!cd");
                assertThat(client.getInputStream().readNBytes(5)).asString().isEqualTo("ab!cd");
            }
            await("no connection is left", () -> proxy.backend().proxy().relays() == 0);
        }
    }

    private static void sendUrgent(Socket socket) throws IOException {
        socket.getOutputStream().write("ab".getBytes(StandardCharsets.US_ASCII));
        socket.sendUrgentData('!');
        socket.getOutputStream().write("cd".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void shouldPassOnTheEarlyAnswerWhenTheEndpointClosesOnAnUpload() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.start(socket -> {
                    assertThat(socket.getInputStream().read()).isEqualTo('x');
                    socket.getOutputStream().write("too large".getBytes(java.nio.charset.StandardCharsets.UTF_8));
                })) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            try (Socket client = TestClient.connect(ProxyFixture.at(frontend))) {
                client.getOutputStream().write('x');
                assertThat(client.getInputStream().readNBytes(9)).hasSize(9);
                assertThatThrownBy(() -> {
                            while (true) {
                                client.getOutputStream().write(new byte[65536]);
                            }
                        })
                        .isInstanceOf(SocketException.class);
            }
            await("no connection is left", () -> proxy.backend().proxy().relays() == 0);
        }
    }

    @Test
    void shouldFreeEverythingWhenClientsVanishAtAnyPhase() throws Exception {
        final CountDownLatch release = new CountDownLatch(1);
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer silent = TestServer.start(_ -> release.await());
                TestServer talking =
                        TestServer.start(socket -> TestClient.pour(socket.getOutputStream(), 1, Long.MAX_VALUE))) {
            final Frontend toSilent = freeTcp();
            final Frontend toTalking = freeTcp();
            proxy.apply(TestPlans.rule(toSilent, silent.address()), TestPlans.rule(toTalking, talking.address()));
            for (int i = 0; i < 100; i++) {
                final Socket early = TestClient.connect(ProxyFixture.at(toSilent));
                TestClient.reset(early); // at once, perhaps before the dial
                final Socket waiting = TestClient.connect(ProxyFixture.at(toSilent));
                waiting.getOutputStream().write(new byte[1000]);
                TestClient.reset(waiting); // never answered
                final Socket halfClosed = TestClient.connect(ProxyFixture.at(toSilent));
                halfClosed.shutdownOutput();
                TestClient.reset(halfClosed);
                final Socket reading = TestClient.connect(ProxyFixture.at(toTalking));
                assertThat(reading.getInputStream().readNBytes(100)).hasSize(100);
                reading.close(); // with unread bytes: a RST, too
            }
            await("no connection is left", () -> proxy.backend().proxy().relays() == 0);
            release.countDown();
            await("no endpoint is left behind", () -> silent.open() == 0 && talking.open() == 0);
        }
    }

    @Test
    void shouldKeepTheClientWaitingWhenTheEndpointNeverAnswers() throws Exception {
        final CountDownLatch release = new CountDownLatch(1);
        try (ProxyFixture proxy = ProxyFixture.open("connect-timeout", "50ms", "first-connect-timeout", "50ms");
                TestServer silent = TestServer.start(_ -> release.await())) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, silent.address()));
            try (Socket client = TestClient.connect(ProxyFixture.at(frontend))) {
                client.getOutputStream().write(1);
                await("it is connected through", () -> silent.open() == 1);
                client.setSoTimeout(300); // longer than a dial may take, which must no longer matter
                assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
                client.setSoTimeout(30_000);
                release.countDown();
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void shouldKeepSilentWhenTheRuleDropsTheClient() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("drop-hold", "1h", "max-dropped", "3");
                TestServer server = TestServer.named("served")) {
            final Frontend frontend = freeTcp();
            final var pool = TestPlans.pool(frontend, PoolId.Scope.CLUSTER, server.address());
            proxy.apply(TestPlans.rule(frontend, Action.DROP, new Action.Forward(pool, true), Action.DROP, pool));
            assertThat(TestClient.ask(ProxyFixture.at(frontend))).isEqualTo("served");
            final List<Socket> dropped = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                final Socket client = TestClient.connect("127.64.0.1", ProxyFixture.at(frontend));
                client.getOutputStream().write(new byte[100]);
                client.setSoTimeout(100);
                assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
                dropped.add(client);
            }
            assertThatThrownBy(() -> TestClient.ask("127.64.0.1", ProxyFixture.at(frontend)))
                    .hasMessageContaining("reset");
            for (Socket client : dropped) {
                client.close();
            }
            await("they are forgotten", () -> proxy.backend().proxy().dropped().size() == 0);
            assertThat(proxy.backend().proxy().relays()).isZero();
        }
    }

    @Test
    void shouldResetADroppedClientWhenItsTimeIsUp() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("drop-hold", "100ms")) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(
                    frontend, Action.DROP, Action.DROP, Action.DROP, TestPlans.pool(frontend, PoolId.Scope.SERVING)));
            assertThatThrownBy(() -> TestClient.ask(ProxyFixture.at(frontend))).hasMessageContaining("reset");
        }
    }

    @Test
    void shouldResetWhenTheRuleRejectsOnlySome() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.named("served")) {
            final Frontend frontend = freeTcp();
            final var pool = TestPlans.pool(frontend, PoolId.Scope.CLUSTER, server.address());
            proxy.apply(TestPlans.rule(frontend, Action.REJECT, new Action.Forward(pool, true), Action.REJECT, pool));
            assertThat(TestClient.ask(ProxyFixture.at(frontend))).isEqualTo("served");
            assertThatThrownBy(() -> TestClient.ask("127.64.0.1", ProxyFixture.at(frontend)))
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void shouldResetClientsBeyondTheMost() throws Exception {
        final CountDownLatch release = new CountDownLatch(1);
        try (ProxyFixture proxy = ProxyFixture.open("max-connections", "1");
                TestServer silent = TestServer.start(_ -> release.await())) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, silent.address()));
            try (Socket first = TestClient.connect(ProxyFixture.at(frontend))) {
                await("the first is served", () -> silent.open() == 1);
                assertThatThrownBy(() -> TestClient.ask(ProxyFixture.at(frontend)))
                        .hasMessageContaining("reset");
                release.countDown();
                assertThat(first.getInputStream().read()).isEqualTo(-1);
            }
        }
    }
}
