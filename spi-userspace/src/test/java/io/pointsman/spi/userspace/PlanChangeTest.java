package io.pointsman.spi.userspace;

import static io.pointsman.spi.userspace.ProxyFixture.at;
import static io.pointsman.spi.userspace.ProxyFixture.await;
import static io.pointsman.spi.userspace.ProxyFixture.freeTcp;
import static io.pointsman.spi.userspace.ProxyFixture.nobody;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanChangeTest {
    @Test
    void shouldKeepConnectionsAndStopListeningWhenTheRuleGoes() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.start(TestServer.ECHO)) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            try (Socket client = TestClient.connect(at(frontend))) {
                assertEcho(client);
                proxy.apply();
                assertThatThrownBy(() -> TestClient.connect(at(frontend))).hasMessageContaining("refused");
                assertEcho(client);
            }
        }
    }

    @Test
    void shouldKeepConnectionsWhenTheirEndpointStopsServing() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer before = TestServer.start(TestServer.ECHO);
                TestServer after = TestServer.start(TestServer.ECHO)) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, before.address()));
            try (Socket old = TestClient.connect(at(frontend))) {
                assertEcho(old);
                proxy.apply(TestPlans.rule(frontend, after.address()));
                assertEcho(old);
                try (Socket fresh = TestClient.connect(at(frontend))) {
                    assertEcho(fresh);
                }
                assertThat(before.accepted()).isEqualTo(1);
                assertThat(after.accepted()).isEqualTo(1);
            }
        }
    }

    @Test
    void shouldResetConnectionsOfAGoneEndpointWhenTheDrainTimeoutIsOver() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("drain-timeout", "100ms");
                TestServer leaving = TestServer.start(TestServer.ECHO);
                TestServer staying = TestServer.start(TestServer.ECHO)) {
            final Frontend one = freeTcp();
            final Frontend other = freeTcp();
            proxy.apply(TestPlans.rule(one, leaving.address()), TestPlans.rule(other, staying.address()));
            try (Socket cut = TestClient.connect(at(one));
                    Socket kept = TestClient.connect(at(other))) {
                assertEcho(cut);
                assertEcho(kept);
                proxy.apply(TestPlans.rule(one, staying.address()), TestPlans.rule(other, staying.address()));
                assertThatThrownBy(() -> TestClient.readAll(cut)).hasMessageContaining("reset");
                assertEcho(kept);
            }
        }
    }

    @Test
    void shouldResetConnectionsOfAGoneRuleWhenTheDrainTimeoutIsOver() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("drain-timeout", "50ms");
                TestServer server = TestServer.start(TestServer.ECHO)) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            try (Socket client = TestClient.connect(at(frontend))) {
                assertEcho(client);
                proxy.apply();
                assertThatThrownBy(() -> TestClient.readAll(client)).hasMessageContaining("reset");
            }
        }
    }

    @Test
    void shouldServeTheRestAndRetryWhenAnAddressIsTaken() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.named("served")) {
            final Frontend taken = freeTcp();
            final Frontend free = freeTcp();
            final Rule[] rules = {TestPlans.rule(taken, server.address()), TestPlans.rule(free, server.address())};
            try (ServerSocket other = new ServerSocket()) {
                other.bind(at(taken));
                final ApplyReport report = proxy.apply(rules);
                assertThat(report.rulesInForce()).isEqualTo(1);
                final RuleProblem problem = report.problems().getFirst();
                assertThat(report.problems()).hasSize(1);
                assertThat(problem.frontend()).isEqualTo(taken);
                assertThat(problem.kind()).isEqualTo(RuleProblem.Kind.REFUSED);
                assertThat(problem.reason())
                        .contains("another socket already listens")
                        .contains("ss -lnp");
                assertThat(TestClient.ask(at(free))).isEqualTo("served");
                assertThat(proxy.backend().audit().findings()).hasSize(1);
            }
            final ApplyReport report = proxy.apply(rules);
            assertThat(report.problems()).isEmpty();
            assertThat(report.rulesInForce()).isEqualTo(2);
            assertThat(report.changes()).isEqualTo(1);
            assertThat(TestClient.ask(at(taken))).isEqualTo("served");
            assertThat(proxy.backend().audit().isClean()).isTrue();
        }
    }

    @Test
    void shouldSayWhatToDoWhenNoInterfaceHasTheVip() {
        for (String transport : List.of("epoll", "nio")) {
            try (ProxyFixture proxy = ProxyFixture.open("transport", transport)) {
                final ApplyReport report = proxy.apply(TestPlans.rule(TestPlans.tcp("192.0.2.1", 4000), nobody()));
                assertThat(report.problems().getFirst().kind()).isEqualTo(RuleProblem.Kind.REFUSED);
                assertThat(report.problems().getFirst().reason())
                        .contains("no interface of this node has the address 192.0.2.1")
                        .contains("ip address add");
                assertThat(report.rulesInForce()).isZero();
            }
        }
    }

    @Test
    void shouldReportSctpAsUnsupported() {
        try (ProxyFixture proxy = ProxyFixture.open()) {
            final Frontend sctp = new Frontend(Protocol.SCTP, ProxyFixture.randomVip(), 4000);
            final ApplyReport report = proxy.apply(TestPlans.rule(sctp, nobody()));
            assertThat(report.problems()).singleElement().satisfies(problem -> {
                assertThat(problem.kind()).isEqualTo(RuleProblem.Kind.UNSUPPORTED);
                assertThat(problem.reason()).contains("SCTP");
            });
            assertThat(report.rulesInForce()).isZero();
            assertThat(proxy.backend().audit().isClean()).isTrue();
        }
    }

    @Test
    void shouldReportTheLostSourceWhenTheRuleKeepsIt() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.named("served")) {
            final Frontend frontend = freeTcp();
            final var pool = TestPlans.pool(frontend, PoolId.Scope.LOCAL, server.address());
            final ApplyReport report = proxy.apply(TestPlans.rule(
                    frontend,
                    new Action.Forward(pool, false),
                    new Action.Forward(pool, true),
                    new Action.Forward(pool, false),
                    pool));
            assertThat(report.problems()).singleElement().satisfies(problem -> {
                assertThat(problem.kind()).isEqualTo(RuleProblem.Kind.DEGRADED);
                assertThat(problem.reason()).contains("this node's address");
            });
            assertThat(report.rulesInForce()).isEqualTo(1);
            assertThat(TestClient.ask(at(frontend))).isEqualTo("served");
        }
    }

    @Test
    void shouldServeNodePortsOnTheNodesAddressesAndFollowThem() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.named("served")) {
            final IpAddress one = ProxyFixture.randomVip();
            final IpAddress other = ProxyFixture.randomVip();
            final int port = freeTcp(one).port();
            final Rule rule = TestPlans.rule(Frontend.nodePort(Protocol.TCP, IpFamily.IPV4, port), server.address());
            proxy.apply(TestPlans.node(one, IpAddress.parse("::1")), rule);
            assertThat(TestClient.ask(Sockets.address(one, port))).isEqualTo("served");
            assertThatThrownBy(() -> TestClient.connect(Sockets.address(other, port)))
                    .hasMessageContaining("refused");

            proxy.apply(TestPlans.node(other), rule);
            assertThat(TestClient.ask(Sockets.address(other, port))).isEqualTo("served");
            assertThatThrownBy(() -> TestClient.connect(Sockets.address(one, port)))
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void shouldDegradeANodePortWhenOnlySomeAddressesCanBeHad() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.named("served")) {
            final IpAddress had = ProxyFixture.randomVip();
            final int port = freeTcp(had).port();
            final ApplyReport report = proxy.apply(
                    TestPlans.node(had, IpAddress.parse("192.0.2.1")),
                    TestPlans.rule(Frontend.nodePort(Protocol.TCP, IpFamily.IPV4, port), server.address()));
            assertThat(report.problems().getFirst().kind()).isEqualTo(RuleProblem.Kind.DEGRADED);
            assertThat(report.rulesInForce()).isEqualTo(1);
            assertThat(TestClient.ask(Sockets.address(had, port))).isEqualTo("served");
        }
    }

    @Test
    void shouldListenWhenARejectingRuleGetsItsFirstEndpoint() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.named("served")) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend));
            assertThatThrownBy(() -> TestClient.connect(at(frontend))).hasMessageContaining("refused");
            proxy.apply(TestPlans.rule(frontend, server.address()));
            assertThat(TestClient.ask(at(frontend))).isEqualTo("served");
            proxy.apply(TestPlans.rule(frontend));
            assertThatThrownBy(() -> TestClient.connect(at(frontend))).hasMessageContaining("refused");
        }
    }

    @Test
    void shouldDropClientsOutsideTheAllowedSources() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("drop-hold", "0s");
                TestServer server = TestServer.named("served")) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.withAllowedSources(
                    TestPlans.rule(frontend, server.address()), Cidr.parse("127.0.9.0/24")));
            assertThat(TestClient.ask("127.0.9.7", at(frontend))).isEqualTo("served");
            assertThatThrownBy(() -> TestClient.ask("127.0.8.7", at(frontend))).hasMessageContaining("reset");
        }
    }

    @Test
    void shouldTouchOnlyWhatChangedWhenThereAreManyRules() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.named("served")) {
            final List<Rule> rules = new ArrayList<>();
            final List<InetSocketAddress> frontends = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                final Frontend frontend = TestPlans.tcp(ProxyFixture.randomVip().toString(), 20_000 + i);
                frontends.add(at(frontend));
                rules.add(TestPlans.rule(frontend, server.address()));
            }
            final ApplyReport first = proxy.apply(rules.toArray(Rule[]::new));
            assertThat(first.problems()).isEmpty();
            assertThat(first.changes()).isEqualTo(1000);
            assertThat(TestClient.ask(frontends.getLast())).isEqualTo("served");
            rules.removeFirst();
            assertThat(proxy.apply(rules.toArray(Rule[]::new)).changes()).isEqualTo(1);
            assertThat(TestClient.ask(frontends.getLast())).isEqualTo("served");
        }
    }

    private static void assertEcho(Socket client) throws IOException {
        client.getOutputStream().write(new byte[] {1, 2, 3});
        assertThat(client.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
        await("the socket is open", () -> !client.isClosed());
    }
}
