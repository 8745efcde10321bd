package io.pointsman.plan;

import static io.pointsman.plan.Cluster.ips;
import static io.pointsman.plan.Cluster.name;
import static io.pointsman.plan.Cluster.options;
import static io.pointsman.plan.Cluster.service;
import static io.pointsman.plan.Cluster.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Node;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import io.pointsman.model.Severity;
import io.pointsman.model.TrafficPolicy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that a Service takes only its own addresses and ports, and that each refusal leaves the others served. */
class FrontendAdmissionTest {
    private static final String VIP = "172.30.0.1";
    private static final String VIP6 = "fd00:172::1";
    private static final ModeSemantics WHOLE = ModeSemantics.IPTABLES.with(ModeSemantics.Trait.TAKES_WHOLE_ADDRESSES);

    private static Service.Builder balancer(String... ingress) {
        return service("web", VIP, VIP6)
                .type(ServiceType.LOAD_BALANCER)
                .ingress(ips(ingress).stream()
                        .map(ip -> new LoadBalancerIngress(ip, LoadBalancerIngress.Mode.VIP))
                        .toList());
    }

    private static PlanUpdate resolve(PlanOptions.Builder options, Service.Builder service) {
        return new Cluster(options.build()).put(service.build()).resolve();
    }

    private static void assertRefusedAlone(PlanUpdate update, IpAddress vip) {
        assertThat(update.plan().rules().keySet()).extracting(Frontend::vip).doesNotContain(vip);
        assertThat(update.plan().rules()).containsKeys(tcp(VIP, 80), tcp(VIP6, 80), tcp("1.2.3.4", 80));
        assertThat(update.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.severity()).isEqualTo(Severity.ERROR);
            assertThat(problem.reason()).contains(vip + " is refused");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "127.0.0.1",
                "127.9.9.9",
                "169.254.169.254",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "fe80::1",
                "febf::1",
                "ff02::1"
            })
    void shouldRefuseAnAddressWithAMeaningOfItsOwnByItself(String special) {
        final IpAddress vip = ips(special).getFirst();

        assertRefusedAlone(resolve(options(), balancer(special, "1.2.3.4")), vip);
        assertRefusedAlone(resolve(options(), service("web", VIP, VIP6).externalIps(ips(special, "1.2.3.4"))), vip);
        final String otherVip = vip.isIpv4() ? VIP6 : VIP;
        final PlanUpdate asClusterIp = resolve(
                options(),
                service("web", special, otherVip).ports(List.of(new ServicePort("http", Protocol.TCP, 80, 30080))));
        assertThat(asClusterIp.plan().rules().keySet())
                .containsExactlyInAnyOrder(
                        tcp(otherVip, 80),
                        Frontend.nodePort(Protocol.TCP, IpFamily.IPV4, 30080),
                        Frontend.nodePort(Protocol.TCP, IpFamily.IPV6, 30080));
        assertThat(asClusterIp.problems()).singleElement().satisfies(problem -> assertThat(problem.reason())
                .contains("cluster IP " + vip + " is refused"));
    }

    @Test
    void shouldRefuseAnIpv4AddressInIpv6Form() {
        final IpAddress mapped = IpAddress.ofIpv6(0, 0xFFFF_0A00_0001L);

        assertRefusedAlone(
                resolve(
                        options(),
                        service("web", VIP, VIP6)
                                .externalIps(List.of(mapped, ips("1.2.3.4").getFirst()))),
                mapped);
    }

    @Test
    void shouldServeLoopbackWhenTheWholeServiceIsThere() {
        final PlanUpdate update = resolve(
                options(),
                service("web", "127.0.65.118")
                        .type(ServiceType.LOAD_BALANCER)
                        .ingress(List.of(new LoadBalancerIngress(
                                ips("127.0.113.140").getFirst(), LoadBalancerIngress.Mode.VIP))));

        assertThat(update.plan().rules()).containsOnlyKeys(tcp("127.0.65.118", 80), tcp("127.0.113.140", 80));
        assertThat(update.problems()).isEmpty();
    }

    @Test
    void shouldRefuseExternalIpsAndNothingElseWhenTheyAreRefusedAltogether() {
        final PlanUpdate update = resolve(
                options().externalIps(ExternalIps.REFUSE), balancer("1.2.3.4").externalIps(ips("1.2.3.5")));

        assertThat(update.plan().rules()).containsOnlyKeys(tcp(VIP, 80), tcp(VIP6, 80), tcp("1.2.3.4", 80));
        assertThat(update.problems()).singleElement().satisfies(problem -> assertThat(problem.reason())
                .contains("1.2.3.5", "external-ips is refuse"));
    }

    @ParameterizedTest
    @ValueSource(ints = {22, 6443, 29_999, 32_768})
    void shouldRefuseNodePortsOutsideTheirRange(int port) {
        final Service.Builder service = service("web", VIP)
                .type(ServiceType.LOAD_BALANCER)
                .externalPolicy(TrafficPolicy.LOCAL)
                .healthCheckNodePort(port)
                .ports(List.of(new ServicePort("http", Protocol.TCP, 80, port)));

        final PlanUpdate refused = resolve(options(), service);
        final PlanUpdate served = resolve(options().nodePortRange(new NodePortRange(port, port)), service);

        assertThat(refused.plan().rules()).containsOnlyKeys(tcp(VIP, 80));
        assertThat(refused.plan().healthChecks()).isEmpty();
        assertThat(refused.problems())
                .extracting(PlanProblem::reason)
                .anyMatch(reason -> reason.startsWith("node port " + port + " is refused"))
                .anyMatch(reason -> reason.startsWith("healthCheckNodePort " + port + " is refused"))
                .hasSize(2)
                .allMatch(reason -> reason.contains("30000-32767"));
        assertThat(served.plan().rules())
                .containsOnlyKeys(tcp(VIP, 80), Frontend.nodePort(Protocol.TCP, IpFamily.IPV4, port));
        assertThat(served.plan().healthChecks()).hasSize(1);
        assertThat(served.problems()).isEmpty();
    }

    private static Cluster withNodes(ModeSemantics mode) {
        final Cluster cluster = new Cluster(options().mode(mode).build());
        cluster.put(new Node(
                Cluster.ELSEWHERE, ips("192.168.0.3", "2001:db8::3"), Optional.empty(), List.of(), false, Set.of()));
        return cluster.put(balancer("192.168.0.2", "192.168.0.3", "2001:db8::2", "2001:db8::3")
                .build());
    }

    @Test
    void shouldLeaveOtherNodesTheirAddressesWhenItWouldTakeThemAsAWhole() {
        final PlanUpdate update = withNodes(WHOLE).resolve();

        assertThat(update.plan().rules())
                .containsOnlyKeys(tcp(VIP, 80), tcp(VIP6, 80), tcp("192.168.0.2", 80), tcp("2001:db8::2", 80));
        assertThat(update.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.severity()).isEqualTo(Severity.WARNING);
            assertThat(problem.reason())
                    .contains("192.168.0.3 (node elsewhere)", "2001:db8::3 (node elsewhere)")
                    .doesNotContain("192.168.0.2");
        });
    }

    @Test
    void shouldTakeThePortOfAnotherNodesAddressWhenItTakesNothingElse() {
        final PlanUpdate update = withNodes(ModeSemantics.IPTABLES).resolve();

        assertThat(update.plan().rules()).containsKeys(tcp("192.168.0.3", 80), tcp("2001:db8::3", 80));
        assertThat(update.problems()).isEmpty();
    }

    @Test
    void shouldFollowNodesThatComeAndGo() {
        final Cluster cluster = withNodes(WHOLE);
        final Node other = cluster.catalog.node(Cluster.ELSEWHERE).orElseThrow();
        cluster.resolve();

        cluster.delete(other);
        assertThat(cluster.resolve().plan().rules()).containsKey(tcp("192.168.0.3", 80));
        cluster.put(other);
        assertThat(cluster.resolve().plan().rules()).doesNotContainKey(tcp("192.168.0.3", 80));
    }

    @Test
    void shouldRefuseWhatTheNetworkNeeds() {
        final Cluster cluster = new Cluster(options().mode(WHOLE).build());
        cluster.put(service("web", VIP)
                .externalIps(ips("192.168.0.1", "192.168.0.255", "192.168.0.9"))
                .build());
        final HostAddresses host = new HostAddresses(
                Set.copyOf(ips("192.168.0.2")),
                Map.of(
                        ips("192.168.0.1").getFirst(), "the next hop to 0.0.0.0/0",
                        ips("192.168.0.255").getFirst(), "the broadcast address of 192.168.0.0/24"));

        final PlanUpdate update = cluster.resolver.resolve(cluster.catalog, host);

        assertThat(update.plan().rules()).containsOnlyKeys(tcp(VIP, 80), tcp("192.168.0.9", 80));
        assertThat(update.problems())
                .extracting(PlanProblem::frontend)
                .containsExactly(Optional.of(tcp("192.168.0.1", 80)), Optional.of(tcp("192.168.0.255", 80)));
        assertThat(update.problems().getFirst().reason()).contains("the next hop to 0.0.0.0/0");
    }

    @Test
    void shouldRefuseAnAddressOfThisNodeThatNoInterfaceHas() {
        final Cluster cluster = new Cluster(options().mode(WHOLE).build());
        cluster.put(Cluster.node("192.168.0.2", "203.0.113.7"));
        cluster.put(service("web", VIP)
                .externalIps(ips("192.168.0.2", "203.0.113.7"))
                .build());

        final PlanUpdate update =
                cluster.resolver.resolve(cluster.catalog, HostAddresses.of(Set.copyOf(ips("192.168.0.2"))));

        assertThat(update.plan().rules()).containsOnlyKeys(tcp(VIP, 80), tcp("192.168.0.2", 80));
        assertThat(update.problems()).singleElement().satisfies(problem -> assertThat(problem.reason())
                .contains("203.0.113.7 (this node, but none of its interfaces has it)"));
        assertThat(update.problems().getFirst().service()).isEqualTo(name("web"));
    }
}
