package io.pointsman.spi.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Counts real datagrams of connections that pass the node, begin at it, and end at it. */
class FiguresTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofMillis(300); // for what is not going to be answered
    private static final int NODE_PORT = 30080;
    private static final ServicePortName WEB = Plans.owner("web", Protocol.UDP);
    private static final ServicePortName ODD = Plans.owner("a \"quoted\" name", Protocol.UDP);
    private static final ServicePortName HERE = Plans.owner("here", Protocol.UDP);
    private static final ServicePortName NONE = Plans.owner("none", Protocol.UDP);

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    Path folder;

    private record Addresses(IpFamily family, IpAddress node, IpAddress pod, IpAddress client, IpAddress gateway) {
        static Addresses of(IpFamily family) {
            final String[] texts = family == IpFamily.IPV4
                    ? new String[] {"10.1.0.2", "10.1.0.1", "192.168.7.1", "192.168.7.2"}
                    : new String[] {"fd00:10::2", "fd00:10::1", "fd00:7::1", "fd00:7::2"};
            return new Addresses(
                    family,
                    IpAddress.parse(texts[0]),
                    IpAddress.parse(texts[1]),
                    IpAddress.parse(texts[2]),
                    IpAddress.parse(texts[3]));
        }

        IpAddress vip(int last) {
            return IpAddress.parse(family == IpFamily.IPV4 ? "10.96.0." + last : "fd00:96::" + last);
        }

        int prefix() {
            return family == IpFamily.IPV4 ? 24 : 64;
        }
    }

    private record Site(Addresses at, LabHost node, LabHost client) {}

    private Site site(IpFamily family) throws IOException {
        final Addresses at = Addresses.of(family);
        final Lab lab = labs.closing(Lab.open());
        final LabHost node = lab.addHost("node").forward();
        final LabHost pod = lab.addHost("pod");
        final LabHost client = lab.addHost("client");
        lab.connect(node, "pods", pod, "eth0");
        lab.connect(node, "eth0", client, "eth0");
        node.addAddress("pods", at.node, at.prefix()).addAddress("eth0", at.gateway, at.prefix());
        pod.addAddress("eth0", at.pod, at.prefix()).route(everything(family), at.node);
        client.addAddress("eth0", at.client, at.prefix()).route(everything(family), at.gateway);
        node.route(everything(family), at.client);
        pod.serveEcho(Protocol.UDP, at.pod, 8080);
        node.serveEcho(Protocol.UDP, at.node, 9000);
        return new Site(at, node, client);
    }

    private static Cidr everything(IpFamily family) {
        return Cidr.parse(family == IpFamily.IPV4 ? "0.0.0.0/0" : "::/0");
    }

    private static ForwardingPlan plan(Addresses at) {
        final EndpointPool pod = pool(WEB, at, at.pod + ",8080");
        return Plans.plan(
                1,
                Plans.node(at.node.toString(), at.gateway.toString()),
                List.of(),
                List.of(
                        Plans.usual(Plans.clusterIp(WEB, at.vip(1).toString(), 80), pod),
                        Plans.nodePort(WEB, at.family, NODE_PORT)
                                .all(Plans.masquerade(pod))
                                .build(),
                        Plans.usual(Plans.clusterIp(ODD, at.vip(2).toString(), 80), pool(ODD, at, at.pod + ",8080")),
                        Plans.usual(Plans.clusterIp(HERE, at.vip(3).toString(), 80), pool(HERE, at, at.node + ",9000")),
                        Plans.clusterIp(NONE, at.vip(4).toString(), 80)
                                .all(Action.REJECT)
                                .build()));
    }

    private static EndpointPool pool(ServicePortName owner, Addresses at, String endpoint) {
        return Plans.pool(owner, PoolId.Scope.CLUSTER, at.family, endpoint);
    }

    private Backend open(LabHost node, String counters) throws BackendException {
        return node.call(() -> new NftablesProvider()
                .open(new BackendConfig(folder, Map.of("watch-seconds", "0", "counters", counters))));
    }

    private static void exchange(LabHost from, IpAddress to, int port, int times) {
        try (LabConnection connection = from.connect(Probe.udp(to, port))) {
            for (int i = 0; i < times; i++) {
                assertThat(connection.exchange(PATIENCE)).isInstanceOf(ProbeResult.Answered.class);
            }
        }
    }

    private static Map<ServicePortName, ServiceFigures> figures(LabHost node, Backend backend) throws BackendException {
        return node.call(backend::figures).stream().collect(Collectors.toMap(ServiceFigures::port, each -> each));
    }

    private static ServiceFigures of(Map<ServicePortName, ServiceFigures> all, ServicePortName owner) {
        return Objects.requireNonNull(all.get(owner), owner::toString);
    }

    private static void requirePackets(ServiceFigures figures, long connections, long packets) {
        assertThat(figures.values())
                .as("%s", figures)
                .containsEntry(Figure.CONNECTIONS, connections)
                .containsEntry(Figure.PACKETS_FROM_CLIENTS, packets)
                .containsEntry(Figure.PACKETS_TO_CLIENTS, packets);
        assertThat(figures.value(Figure.BYTES_FROM_CLIENTS).orElseThrow()).isGreaterThanOrEqualTo(28 * packets);
    }

    @ParameterizedTest
    @EnumSource
    void shouldCountEachPacketOnceWhereverItComesFrom(IpFamily family) throws Exception {
        final Site site = site(family);
        final Addresses at = site.at;
        final ForwardingPlan plan = plan(at);
        try (Backend backend = open(site.node, "packets")) {
            site.node.call(() -> backend.apply(plan, PlanDelta.whole(plan)));
            exchange(site.client, at.vip(1), 80, 7);
            exchange(site.node, at.vip(1), 80, 5);
            exchange(site.client, at.gateway, NODE_PORT, 3);
            exchange(site.client, at.vip(2), 80, 2);
            exchange(site.client, at.vip(3), 80, 4);
            exchange(site.node, at.vip(3), 80, 6);
            assertThat(site.client.send(Probe.udp(at.vip(4), 80).within(PATIENCE)))
                    .isInstanceOf(ProbeResult.Refused.class);
            final Map<ServicePortName, ServiceFigures> figures = figures(site.node, backend);
            requirePackets(of(figures, WEB), 3, 15);
            requirePackets(of(figures, ODD), 1, 2);
            requirePackets(of(figures, HERE), 2, 10);
            assertThat(of(figures, WEB).value(Figure.CONNECTIONS_NOW)).hasValue(3);
            assertThat(of(figures, NONE).refused()).containsEntry("no-endpoint", 1L);
            assertThat(of(figures, NONE).value(Figure.CONNECTIONS)).isEmpty();
        }
        try (Backend next = open(site.node, "packets")) {
            site.node.call(() -> next.apply(plan, PlanDelta.whole(plan)));
            exchange(site.client, at.vip(1), 80, 1);
            requirePackets(of(figures(site.node, next), WEB), 4, 16);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldCountWhatAffinityDecidesAndWhyOthersGetNoEndpoint(IpFamily family) throws Exception {
        final Site site = site(family);
        final Addresses at = site.at;
        final EndpointPool pods = pool(WEB, at, at.pod + ",8080");
        final Rule bound = Plans.clusterIp(WEB, at.vip(1).toString(), 80)
                .all(Plans.masquerade(pods))
                .affinity(3600)
                .build();
        final Rule alsoBound = Plans.nodePort(WEB, family, NODE_PORT)
                .all(Plans.masquerade(pods))
                .affinity(3600)
                .build();
        final Rule limited = Plans.loadBalancer(HERE, at.vip(3).toString(), 80)
                .all(Plans.masquerade(pool(HERE, at, at.pod + ",8080")))
                .sources(Cidr.of(at.gateway).toString())
                .build();
        final Rule dropped =
                Plans.clusterIp(NONE, at.vip(4).toString(), 80).all(Action.DROP).build();
        final ForwardingPlan plan = Plans.plan(
                1,
                Plans.node(at.node.toString(), at.gateway.toString()),
                List.of(),
                List.of(bound, alsoBound, limited, dropped));
        try (Backend backend = open(site.node, "connections")) {
            site.node.call(() -> backend.apply(plan, PlanDelta.whole(plan)));
            exchange(site.client, at.vip(1), 80, 1);
            exchange(site.client, at.vip(1), 80, 2);
            exchange(site.client, at.gateway, NODE_PORT, 1);
            exchange(site.node, at.vip(1), 80, 1);
            exchange(site.node, at.vip(3), 80, 1);
            silent(site.client, at.vip(3));
            silent(site.client, at.vip(4));
            silent(site.client, at.vip(4));

            final Map<ServicePortName, ServiceFigures> figures = figures(site.node, backend);
            assertThat(of(figures, WEB).value(Figure.CONNECTIONS)).hasValue(4);
            assertThat(of(figures, WEB).value(Figure.AFFINITY_HITS))
                    .as("of the client's three the second and the third")
                    .hasValue(2);
            assertThat(of(figures, HERE).value(Figure.AFFINITY_HITS)).isEmpty();
            assertThat(of(figures, HERE).value(Figure.CONNECTIONS)).hasValue(1);
            assertThat(of(figures, HERE).refused()).isEqualTo(Map.of("source-not-allowed", 1L));
            assertThat(of(figures, NONE).refused()).isEqualTo(Map.of("rule-drop", 2L));
        }
    }

    private static void silent(LabHost from, IpAddress to) {
        assertThat(from.send(Probe.udp(to, 80).within(SILENCE)).answer()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = "IPV4")
    void shouldLeaveOutWhatIsNotCounted(IpFamily family) throws Exception {
        final Site site = site(family);
        final ForwardingPlan plan = plan(site.at);
        try (Backend backend = open(site.node, "connections")) {
            site.node.call(() -> backend.apply(plan, PlanDelta.whole(plan)));
            exchange(site.client, site.at.vip(1), 80, 2);
            exchange(site.client, site.at.gateway, NODE_PORT, 2);
            final ServiceFigures web = of(figures(site.node, backend), WEB);
            assertThat(web.values()).isEqualTo(Map.of(Figure.CONNECTIONS, 2L, Figure.CONNECTIONS_NOW, 2L));
        }
        try (Backend backend = open(site.node, "none")) {
            site.node.call(() -> backend.apply(plan, PlanDelta.whole(plan)));
            assertThat(of(figures(site.node, backend), ODD).values()).isEqualTo(Map.of(Figure.CONNECTIONS_NOW, 0L));
            assertThat(of(figures(site.node, backend), WEB).values()).isEqualTo(Map.of(Figure.CONNECTIONS_NOW, 2L));
            assertThat(site.node.run("nft", "list", "counters").outputOrFail()).doesNotContain("web");
        }
    }
}
