package io.pointsman.spi.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.RuleProblem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Node ports on 127.0.0.1 and ::1 by sockets of the backend, in network namespaces; needs root. */
class LocalhostNodePortsTest {
    @TempDir
    Path state;

    private static final NodeFacts NODE = NodeFacts.builder("here")
            .addresses(Set.of(IpAddress.parse("192.168.0.2")))
            .nodePortAddresses(
                    Set.of(IpAddress.parse("192.168.0.2"), IpAddress.parse("127.0.0.1"), IpAddress.parse("::1")))
            .loopback(Set.of(NodeFacts.Loopback.FORWARDED_IPV4, NodeFacts.Loopback.FORWARDED_IPV6))
            .build();

    private static Rule nodePort(String name, IpFamily family, int port, String endpoint) {
        final ServicePortName owner = Plans.owner(name, Protocol.TCP);
        return Plans.usual(
                Plans.nodePort(owner, family, port), Plans.pool(owner, PoolId.Scope.CLUSTER, family, endpoint));
    }

    private static ForwardingPlan plan(long version, Rule... rules) {
        return Plans.plan(version, NODE, List.of(), List.of(rules));
    }

    private Backend open(NetNs netns) throws Exception {
        return new NftablesProvider().open(new BackendConfig(state, Map.of("netns", netns.name, "watch-seconds", "0")));
    }

    private static ServerSocket listen(NetNs netns, String address, int port) throws IOException {
        return Whereabouts.of(netns.name).call(() -> {
            final ServerSocket socket = new ServerSocket();
            socket.bind(new InetSocketAddress(IpAddress.parse(address).toInetAddress(), port));
            return socket;
        });
    }

    private static Socket connect(NetNs netns, String address, int port) throws IOException {
        return Whereabouts.of(netns.name)
                .call(() -> new Socket(IpAddress.parse(address).toInetAddress(), port));
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldForwardInItsNamespaceAndNotTranslate(IpFamily family) throws Exception {
        final String loopback = family == IpFamily.IPV4 ? "127.0.0.1" : "::1";
        try (NetNs netns = NetNs.create()) {
            netns.run("ip", "link", "set", "lo", "up");
            try (ServerSocket endpoint = listen(netns, loopback, 8080);
                    Backend backend = open(netns)) {
                final ForwardingPlan plan = plan(1, nodePort("web", family, 30080, loopback + ",8080"));
                assertThat(backend.apply(plan, PlanDelta.whole(plan)).problems())
                        .isEmpty();

                try (Socket client = connect(netns, loopback, 30080);
                        Socket server = endpoint.accept()) {
                    client.getOutputStream().write('x');
                    assertThat(server.getInputStream().read()).isEqualTo('x');
                    assertThat(server.getPort()).as("a connection of its own").isNotEqualTo(client.getLocalPort());
                }
                assertThat(netns.run("nft", "list", "ruleset")).doesNotContain(loopback + ",", "127.0.0.0");
                assertThat(netns.run("ss", "-Hlnt")).contains(":30080");
                backend.cleanup(false);
                assertThat(netns.run("ss", "-Hlnt")).doesNotContain(":30080");
            }
        }
    }

    @Test
    void shouldReportAPortThatAnotherProgramHasAndServeTheRest() throws Exception {
        try (NetNs netns = NetNs.create()) {
            netns.run("ip", "link", "set", "lo", "up");
            try (ServerSocket endpoint = listen(netns, "127.0.0.1", 8080);
                    Backend backend = open(netns)) {
                final Rule taken = nodePort("taken", IpFamily.IPV4, 30080, "127.0.0.1,8080");
                final Rule other = nodePort("other", IpFamily.IPV4, 30081, "127.0.0.1,8080");
                final ForwardingPlan first = plan(1, taken, other);
                try (ServerSocket _ = listen(netns, "127.0.0.1", 30080)) {
                    final ApplyReport report = backend.apply(first, PlanDelta.whole(first));
                    assertThat(report.rulesInForce()).isEqualTo(2);
                    assertThat(report.problems()).singleElement().satisfies(problem -> {
                        assertThat(problem.frontend()).isEqualTo(taken.frontend());
                        assertThat(problem.kind()).isEqualTo(RuleProblem.Kind.DEGRADED);
                        assertThat(problem.reason()).contains("127.0.0.1", "30080");
                    });
                    connect(netns, "127.0.0.1", 30081).close();
                    endpoint.accept().close();
                }
                final ForwardingPlan second = plan(2, taken);
                assertThat(backend.apply(second, PlanDelta.between(first, second))
                                .problems())
                        .isEmpty();
                connect(netns, "127.0.0.1", 30080).close();
                endpoint.accept().close();
                assertThat(netns.run("ss", "-Hlnt")).doesNotContain(":30081");
            }
        }
    }
}
