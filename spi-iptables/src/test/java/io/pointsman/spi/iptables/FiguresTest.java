package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import io.pointsman.testkit.lab.EchoServer;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests totals from counters that restart whenever their chain is written. */
@ExtendWith(LabExtension.class)
class FiguresTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SILENCE = Duration.ofMillis(300); // for probes that get no answer
    private static final IpAddress VIP = IpAddress.parse("172.30.0.1");
    private static final ServicePortName WEB = Plans.owner("web", Protocol.TCP);
    private static final ServicePortName NEIGHBOUR = Plans.owner("neighbour", Protocol.TCP);

    @TempDir
    Path state;

    private static Rule rule(ServicePortName owner, String vip, IpAddress endpoint) {
        return Plans.usual(
                Plans.clusterIp(owner, vip, 80),
                Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, endpoint + ",8080,1"));
    }

    private static void connect(PacketNode lab, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(lab.client.send(Probe.tcp(VIP, 80).within(PATIENCE))).isInstanceOf(ProbeResult.Answered.class);
        }
    }

    /** Tests shared chains: a change of one Service rewrites the rules of others. */
    @ParameterizedTest
    @EnumSource
    void shouldGoOnCountingWhenANeighbourChanges(Flavour flavour) throws Exception {
        try (PacketNode lab = PacketNode.open(flavour, IpFamily.IPV4, state);
                EchoServer _ = lab.pod.serveEcho(Protocol.TCP, lab.podAddress, 8080)) {
            final Rule web = rule(WEB, VIP.toString(), lab.podAddress);
            lab.apply(web, rule(NEIGHBOUR, "172.30.0.2", lab.podAddress));
            connect(lab, 3);
            assertThat(lab.figures(WEB).value(Figure.CONNECTIONS)).hasValue(3);

            lab.apply(web, rule(NEIGHBOUR, "172.30.0.2", lab.otherPodAddress));
            connect(lab, 5);
            assertThat(lab.figures(WEB).value(Figure.CONNECTIONS)).hasValue(8);
            assertThat(lab.figures(NEIGHBOUR).value(Figure.CONNECTIONS)).hasValue(0);

            lab.apply(rule(NEIGHBOUR, "172.30.0.2", lab.otherPodAddress));
            assertThat(lab.figures(WEB).value(Figure.CONNECTIONS)).isEmpty();
            lab.apply(web);
            connect(lab, 2);
            final ServiceFigures anew = lab.figures(WEB);
            assertThat(anew.value(Figure.CONNECTIONS)).hasValue(2);
            assertThat(anew.value(Figure.BYTES_TO_CLIENTS))
                    .as("only first packets meet the rules")
                    .isEmpty();
            assertThat(anew.value(Figure.AFFINITY_HITS)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldSayWhyConnectionsGetNoEndpoint(Flavour flavour) throws Exception {
        try (PacketNode lab = PacketNode.open(flavour, IpFamily.IPV4, state);
                EchoServer _ = lab.pod.serveEcho(Protocol.TCP, lab.podAddress, 8080)) {
            lab.node.route(Cidr.parse("172.30.0.0/24"), "client"); // untranslated packets are forwarded, or refused
            final IpAddress other = IpAddress.parse("172.30.0.2");
            final IpAddress last = IpAddress.parse("172.30.0.3");
            final EndpointPool pool = Plans.pool(WEB, PoolId.Scope.CLUSTER, IpFamily.IPV4, lab.podAddress + ",8080,1");
            lab.apply(
                    Plans.loadBalancer(WEB, VIP.toString(), 80)
                            .all(Plans.masquerade(pool))
                            .sources("198.51.100.0/24")
                            .build(),
                    Plans.loadBalancer(WEB, other.toString(), 80)
                            .all(Action.REJECT)
                            .sources("198.51.100.0/24")
                            .build(),
                    Plans.loadBalancer(NEIGHBOUR, last.toString(), 80)
                            .actions(Plans.masquerade(pool), Plans.masquerade(pool), Action.DROP)
                            .build());
            for (IpAddress address : List.of(VIP, other, last)) {
                assertThat(lab.client
                                .send(Probe.tcp(address, 80).within(SILENCE))
                                .answer())
                        .isEmpty();
            }
            assertThat(lab.figures(WEB).refused().get("source-not-allowed"))
                    .as("one at each address at least")
                    .isBetween(2L, 10L);
            assertThat(lab.figures(WEB).refused()).doesNotContainKey("rule-drop");
            assertThat(lab.figures(WEB).refused().getOrDefault("no-endpoint", 0L))
                    .isZero();
            assertThat(lab.figures(NEIGHBOUR).refused().get("rule-drop")).isBetween(1L, 10L);
            assertThat(lab.figures(NEIGHBOUR).refused()).doesNotContainKey("source-not-allowed");
        }
    }
}
