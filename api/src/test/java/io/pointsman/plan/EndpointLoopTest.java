package io.pointsman.plan;

import static io.pointsman.plan.Cluster.ips;
import static io.pointsman.plan.Cluster.name;
import static io.pointsman.plan.Cluster.options;
import static io.pointsman.plan.Cluster.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Node;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import io.pointsman.model.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests that a proxy that dials endpoints never dials its own frontends, and that no other endpoint is affected. */
class EndpointLoopTest {
    private static final String OWN = "192.168.0.2";
    private static final String OTHER_NODE = "192.168.0.3";

    private final Cluster cluster = new Cluster(options()
            .mode(ModeSemantics.NFTABLES.with(ModeSemantics.Trait.DIALS_ENDPOINTS))
            .build());

    private static EndpointSlice slice(String service, Protocol protocol, int port, String... addresses) {
        final List<Endpoint> endpoints =
                ips(addresses).stream().map(Endpoint::ready).toList();
        return EndpointSlice.builder(
                        name(service + "-" + protocol),
                        name(service),
                        endpoints.getFirst().address().family())
                .endpoints(endpoints)
                .ports(List.of(new EndpointPort("p", protocol, port)))
                .build();
    }

    private static Service.Builder on(String name, Protocol protocol, int port, int nodePort, String... clusterIps) {
        return service(name, clusterIps).ports(List.of(new ServicePort("p", protocol, port, nodePort)));
    }

    private Action external(Protocol protocol, String vip, int port) {
        return cluster.resolve()
                .plan()
                .rule(new Frontend(protocol, ips(vip).getFirst(), port))
                .orElseThrow()
                .fromExternal();
    }

    private String targets(Protocol protocol, String vip, int port) {
        return external(protocol, vip, port) instanceof Action.Forward forward
                ? forward.pool().endpoints().toString()
                : "none";
    }

    @ParameterizedTest
    @CsvSource({"TCP, 172.30.0.1", "UDP, 172.30.0.1", "TCP, fd00:172::1", "UDP, fd00:172::1"})
    void shouldRefuseClientsWhenTheOnlyEndpointIsTheServicesOwnClusterAddress(Protocol protocol, String vip) {
        cluster.put(on("web", protocol, 80, 0, vip).build()).put(slice("web", protocol, 80, vip));

        assertThat(external(protocol, vip, 80)).isEqualTo(Action.REJECT);
        assertThat(cluster.resolve().problems()).singleElement().satisfies(problem -> {
            assertThat(problem.service()).isEqualTo(name("web"));
            assertThat(problem.severity()).isEqualTo(Severity.ERROR);
            assertThat(problem.frontend().orElseThrow().port()).isEqualTo(80);
            assertThat(problem.reason())
                    .contains(ips(vip).getFirst().withPort(80), "a frontend of ns/web:p:" + protocol);
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"TCP", "UDP"})
    void shouldRefuseClientsOfBothWhenTwoServicesAreEachOthersEndpoint(Protocol protocol) {
        cluster.put(on("a", protocol, 80, 0, "172.30.0.1").build()).put(slice("a", protocol, 81, "172.30.0.2"));
        cluster.put(on("b", protocol, 81, 0, "172.30.0.2").build()).put(slice("b", protocol, 80, "172.30.0.1"));
        cluster.put(on("c", protocol, 80, 0, "172.30.0.3").build()).put(slice("c", protocol, 80, "10.0.0.9"));

        assertThat(external(protocol, "172.30.0.1", 80)).isEqualTo(Action.REJECT);
        assertThat(external(protocol, "172.30.0.2", 81)).isEqualTo(Action.REJECT);
        assertThat(targets(protocol, "172.30.0.3", 80)).isEqualTo("[10.0.0.9:80]");
        assertThat(cluster.resolve().problems())
                .extracting(problem -> problem.service().name())
                .containsExactly("a", "b");
    }

    @Test
    void shouldJudgeByWhoHasAFrontendInTheEndNotByWhoWasResolvedFirst() {
        final List<LoadBalancerIngress> own =
                List.of(new LoadBalancerIngress(ips(OWN).getFirst(), LoadBalancerIngress.Mode.VIP));
        cluster.put(on("a", Protocol.UDP, 80, 0, "172.30.0.1")
                .type(ServiceType.LOAD_BALANCER)
                .ingress(own)
                .createdAt(Instant.ofEpochSecond(2))
                .build());
        cluster.put(on("web", Protocol.UDP, 80, 0, "172.30.0.2")
                        .type(ServiceType.LOAD_BALANCER)
                        .ingress(own)
                        .createdAt(Instant.ofEpochSecond(1))
                        .build())
                .put(slice("web", Protocol.UDP, 80, OWN));

        assertThat(targets(Protocol.UDP, "172.30.0.2", 80)).isEqualTo("[" + OWN + ":80]");
        assertThat(external(Protocol.UDP, OWN, 80)).isEqualTo(Action.PASS);
    }

    @Test
    void shouldDialTheOthersWhenOneEndpointOfSeveralIsAFrontend() {
        cluster.put(on("web", Protocol.TCP, 80, 0, "172.30.0.1").build())
                .put(slice("web", Protocol.TCP, 80, "10.0.0.1", "172.30.0.1"));

        assertThat(targets(Protocol.TCP, "172.30.0.1", 80)).isEqualTo("[10.0.0.1:80]");
        assertThat(cluster.resolve().problems()).hasSize(1);
    }

    @Test
    void shouldNotDialAnExternalNorALoadBalancersAddressOfAnotherService() {
        cluster.put(on("front", Protocol.TCP, 80, 0, "172.30.0.1")
                .type(ServiceType.LOAD_BALANCER)
                .externalIps(ips("1.2.3.4"))
                .ingress(List.of(new LoadBalancerIngress(ips("1.2.3.5").getFirst(), LoadBalancerIngress.Mode.VIP)))
                .build());
        cluster.put(on("web", Protocol.TCP, 8080, 0, "172.30.0.2").build())
                .put(slice("web", Protocol.TCP, 80, "1.2.3.4", "1.2.3.5", "1.2.3.6"));

        assertThat(targets(Protocol.TCP, "172.30.0.2", 8080)).isEqualTo("[1.2.3.6:80]");
    }

    @Test
    void shouldDialTheAddressOfAServiceAtAnotherPortOrProtocol() {
        cluster.put(on("front", Protocol.TCP, 80, 0, "172.30.0.1").build());
        cluster.put(on("web", Protocol.TCP, 80, 0, "172.30.0.2").build())
                .put(slice("web", Protocol.TCP, 81, "172.30.0.1"));
        cluster.put(on("dns", Protocol.UDP, 80, 0, "172.30.0.3").build())
                .put(slice("dns", Protocol.UDP, 80, "172.30.0.1"));

        assertThat(targets(Protocol.TCP, "172.30.0.2", 80)).isEqualTo("[172.30.0.1:81]");
        assertThat(targets(Protocol.UDP, "172.30.0.3", 80)).isEqualTo("[172.30.0.1:80]");
    }

    @Test
    void shouldNotDialANodePortOfAnotherServiceAtAnyNodesAddress() {
        cluster.put(new Node(Cluster.ELSEWHERE, ips(OTHER_NODE), Optional.empty(), List.of(), false, Set.of()));
        cluster.put(on("front", Protocol.TCP, 80, 30080, "172.30.0.1").build());
        cluster.put(on("web", Protocol.TCP, 80, 0, "172.30.0.2").build())
                .put(slice("web", Protocol.TCP, 30080, OWN, OTHER_NODE, "10.0.0.1"));

        assertThat(targets(Protocol.TCP, "172.30.0.2", 80)).isEqualTo("[10.0.0.1:30080]");
    }

    @Test
    void shouldDialTheNodesOwnAddressAtAPortThatIsNoFrontend() {
        cluster.put(on("web", Protocol.TCP, 80, 30080, "172.30.0.1").build())
                .put(slice("web", Protocol.TCP, 9100, OWN));

        assertThat(targets(Protocol.TCP, "172.30.0.1", 80)).isEqualTo("[" + OWN + ":9100]");
        assertThat(cluster.resolve().problems()).isEmpty();
    }

    @Test
    void shouldLeaveAFrontendAloneWhenItIsTheEndpointItselfOnTheNode() {
        cluster.put(on("ing", Protocol.TCP, 8088, 0, "172.30.0.1")
                        .externalIps(ips(OWN))
                        .build())
                .put(slice("ing", Protocol.TCP, 8088, OWN, "10.0.0.1"));

        assertThat(external(Protocol.TCP, OWN, 8088)).isEqualTo(Action.PASS);
        assertThat(targets(Protocol.TCP, "172.30.0.1", 8088)).isEqualTo("[10.0.0.1:8088, " + OWN + ":8088]");
        assertThat(cluster.resolve().problems()).singleElement().satisfies(problem -> {
            assertThat(problem.severity()).isEqualTo(Severity.WARNING);
            assertThat(problem.frontend()).contains(Cluster.tcp(OWN, 8088));
            assertThat(problem.reason()).contains("left to the host");
        });
    }

    @Test
    void shouldLeaveAFrontendAloneWhileItsProcessIsNotReady() {
        final Endpoint starting = Endpoint.of(ips(OWN).getFirst()).onNode(Cluster.HERE);
        cluster.put(on("ing", Protocol.TCP, 8088, 0, "172.30.0.1")
                        .externalIps(ips(OWN))
                        .build())
                .put(EndpointSlice.builder(
                                name("ing-1"), name("ing"), starting.address().family())
                        .endpoints(List.of(starting))
                        .ports(List.of(new EndpointPort("p", Protocol.TCP, 8088)))
                        .build());

        assertThat(external(Protocol.TCP, OWN, 8088)).isEqualTo(Action.PASS);
        assertThat(external(Protocol.TCP, "172.30.0.1", 8088)).isEqualTo(Action.REJECT);
    }

    @Test
    void shouldLeaveANodePortAloneWhereProcessesOfTheNodesHaveItAsTheirPort() {
        cluster.put(new Node(Cluster.ELSEWHERE, ips(OTHER_NODE), Optional.empty(), List.of(), false, Set.of()));
        cluster.put(on("web", Protocol.TCP, 80, 30080, "172.30.0.1").build())
                .put(slice("web", Protocol.TCP, 30080, OWN, OTHER_NODE));

        assertThat(cluster.resolve()
                        .plan()
                        .rule(Frontend.nodePort(
                                Protocol.TCP, ips(OWN).getFirst().family(), 30080))
                        .orElseThrow()
                        .fromExternal())
                .isEqualTo(Action.PASS);
        assertThat(targets(Protocol.TCP, "172.30.0.1", 80)).isEqualTo("[" + OWN + ":30080, " + OTHER_NODE + ":30080]");
    }

    @Test
    void shouldNoticeWhenAServiceTurnsAnEndpointIntoAFrontendAndBack() {
        final Service front = on("front", Protocol.TCP, 80, 0, "172.30.0.9").build();
        cluster.put(on("web", Protocol.TCP, 8080, 0, "172.30.0.1").build())
                .put(slice("web", Protocol.TCP, 80, "172.30.0.9"));
        for (int i = 0; i < 20; i++) {
            cluster.put(on("bystander-" + i, Protocol.TCP, 80, 0, "172.30.1." + i)
                            .build())
                    .put(slice("bystander-" + i, Protocol.TCP, 80, "10.0.1." + i));
        }
        assertThat(targets(Protocol.TCP, "172.30.0.1", 8080)).isEqualTo("[172.30.0.9:80]");

        final long before = cluster.resolver.servicesResolved();
        cluster.put(front);
        assertThat(external(Protocol.TCP, "172.30.0.1", 8080)).isEqualTo(Action.REJECT);
        assertThat(cluster.resolver.servicesResolved() - before).isEqualTo(2);

        cluster.delete(front);
        assertThat(targets(Protocol.TCP, "172.30.0.1", 8080)).isEqualTo("[172.30.0.9:80]");
        assertThat(cluster.resolver.servicesResolved() - before).isEqualTo(4);
    }

    @Test
    void shouldForwardAsKubeProxyDoesWhenPacketsAreTranslatedInTheKernel() {
        final Cluster kernel = new Cluster(options().build());
        kernel.put(on("web", Protocol.TCP, 80, 0, "172.30.0.1").build())
                .put(slice("web", Protocol.TCP, 80, "172.30.0.1"));

        final PlanUpdate update = kernel.resolve();

        assertThat(update.plan()
                        .rule(Cluster.tcp("172.30.0.1", 80))
                        .orElseThrow()
                        .fromExternal())
                .isInstanceOf(Action.Forward.class);
        assertThat(update.problems()).isEmpty();
    }
}
