package io.pointsman.plan;

import static io.pointsman.plan.Cluster.http;
import static io.pointsman.plan.Cluster.ips;
import static io.pointsman.plan.Cluster.name;
import static io.pointsman.plan.Cluster.options;
import static io.pointsman.plan.Cluster.service;
import static io.pointsman.plan.Cluster.slice;
import static io.pointsman.plan.Cluster.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Cidr;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpFamily;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import io.pointsman.model.TrafficPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlanResolverTest {
    private static final String VIP = "172.30.0.1";

    private static EndpointPool pool(ForwardingPlan plan, String service, IpFamily family, PoolId.Scope scope) {
        return plan.pool(new PoolId(http(service), family, scope)).orElseThrow();
    }

    @Test
    void shouldServeNodePortsOnLoopbackAddressesWhenTheNodeNamesThemOrARangeHoldsThem() {
        final Cluster cluster = new Cluster(options()
                .nodePortAddresses(NodePortAddresses.parse(List.of("127.0.0.0/8")))
                .build());
        cluster.put(Cluster.node("127.240.0.4"));

        final NodeFacts node = cluster.resolver
                .resolve(cluster.catalog, Set.copyOf(Cluster.ips("127.0.0.53")))
                .plan()
                .node();

        assertThat(node.nodePortAddresses())
                .containsExactlyInAnyOrderElementsOf(Cluster.ips("127.0.0.1", "127.0.0.53", "127.240.0.4"));
    }

    private static Rule rule(PlanUpdate update, String vip, int port) {
        return update.plan().rule(tcp(vip, port)).orElseThrow();
    }

    private static Service.Builder balancer(String name) {
        return service(name, VIP)
                .type(ServiceType.LOAD_BALANCER)
                .ingress(List.of(new LoadBalancerIngress(ips("1.2.3.4").getFirst(), LoadBalancerIngress.Mode.VIP)));
    }

    @Test
    void shouldForwardAndMasqueradeOutsidersWhenAServiceHasEndpoints() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(service("web", VIP).build()).put(slice("web", "10.0.0.1", "10.0.0.2"));

        final ForwardingPlan plan = cluster.resolve().plan();

        final Rule rule = plan.rule(tcp(VIP, 80)).orElseThrow();
        final EndpointPool pool = pool(plan, "web", IpFamily.IPV4, PoolId.Scope.CLUSTER);
        assertThat(pool.endpoints())
                .extracting(PoolEndpoint::toString)
                .containsExactly("10.0.0.1:8080", "10.0.0.2:8080");
        assertThat(rule.fromLocalPod()).isEqualTo(new Action.Forward(pool, false));
        assertThat(rule.fromNode()).isEqualTo(new Action.Forward(pool, true));
        assertThat(rule.fromExternal()).isEqualTo(new Action.Forward(pool, true));
    }

    @Test
    void shouldMasqueradeNobodyWhenPodsCantBeTold() {
        final Cluster cluster = new Cluster(PlanOptions.builder(Cluster.HERE).build());
        cluster.put(service("web", VIP).build()).put(slice("web", "10.0.0.1"));

        final PlanUpdate update = cluster.resolve();

        assertThat(update.plan().node().podDetector()).isEqualTo(new PodDetector.Unknown());
        assertThat(rule(update, VIP, 80).fromExternal())
                .isInstanceOfSatisfying(Action.Forward.class, forward -> assertThat(forward.masquerade())
                        .isFalse());
    }

    @Test
    void shouldTellPodsOfOneFamilyOnlyWhenRangesAreOfOne() {
        final Cluster cluster = new Cluster(PlanOptions.builder(Cluster.HERE)
                .podRanges(List.of(Cidr.parse("10.0.0.0/8")))
                .build());
        cluster.put(service("web", VIP, "fd00:172::1").build())
                .put(slice("web", "10.0.0.1"))
                .put(slice("web", "fd00:10::1"));

        final PlanUpdate update = cluster.resolve();

        assertThat(((Action.Forward) rule(update, VIP, 80).fromExternal()).masquerade())
                .isTrue();
        assertThat(((Action.Forward) rule(update, "fd00:172::1", 80).fromExternal()).masquerade())
                .isFalse();
    }

    @Test
    void shouldResolveEachFamilyApartWhenAServiceHasBoth() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(service("web", VIP, "fd00:172::1")
                        .type(ServiceType.NODE_PORT)
                        .ports(List.of(new ServicePort("http", Protocol.TCP, 80, 30080)))
                        .build())
                .put(slice("web", "10.0.0.1"))
                .put(slice("web", "fd00:10::1", "fd00:10::2"));

        final ForwardingPlan plan = cluster.resolve().plan();

        assertThat(plan.rules())
                .containsOnlyKeys(
                        tcp(VIP, 80),
                        tcp("fd00:172::1", 80),
                        Frontend.nodePort(Protocol.TCP, IpFamily.IPV4, 30080),
                        Frontend.nodePort(Protocol.TCP, IpFamily.IPV6, 30080));
        assertThat(pool(plan, "web", IpFamily.IPV4, PoolId.Scope.CLUSTER).size())
                .isEqualTo(1);
        assertThat(pool(plan, "web", IpFamily.IPV6, PoolId.Scope.CLUSTER).size())
                .isEqualTo(2);
    }

    @Test
    void shouldLeaveOutAFamilyWhenThePlanIsNotForIt() {
        final Cluster cluster =
                new Cluster(options().families(Set.of(IpFamily.IPV6)).build());
        cluster.put(service("web", VIP, "fd00:172::1").build());

        assertThat(cluster.resolve().plan().rules()).containsOnlyKeys(tcp("fd00:172::1", 80));
    }

    @Test
    void shouldDoNothingWhenAServiceIsNotForThisProxy() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(service("other", VIP)
                        .labels(Map.of(Service.PROXY_NAME_LABEL, ""))
                        .build())
                .put(service("headless").build())
                .put(service("alias", "172.30.0.2")
                        .type(ServiceType.EXTERNAL_NAME)
                        .build());

        assertThat(cluster.resolve().plan().rules()).isEmpty();
    }

    @Test
    void shouldWithdrawRulesWhenAServiceIsLabelledAway() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(service("web", VIP).build()).put(slice("web", "10.0.0.1")).resolve();

        final PlanUpdate update = cluster.put(service("web", VIP)
                        .labels(Map.of(Service.PROXY_NAME_LABEL, "other"))
                        .build())
                .resolve();

        assertThat(update.plan().rules()).isEmpty();
        assertThat(update.plan().pools()).isEmpty();
        assertThat(update.delta().rules()).singleElement().satisfies(change -> assertThat(change.after())
                .isNull());
    }

    @Test
    void shouldCarryAffinityOnEveryFrontend() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(balancer("web").clientIpAffinity(Duration.ofHours(3)).build());

        assertThat(cluster.resolve().plan().rules().values()).hasSize(2).allSatisfy(rule -> assertThat(rule.affinity())
                .contains(Duration.ofHours(3)));
    }

    @Test
    void shouldLetOnlyTheRangesInWhenTheyDoNotHoldTheNode() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(balancer("web")
                        .sourceRanges(List.of(Cidr.parse("203.0.113.0/24")))
                        .build())
                .put(slice("web", "10.0.0.1"));

        final PlanUpdate update = cluster.resolve();

        assertThat(rule(update, "1.2.3.4", 80).allowedSources()).containsExactly(Cidr.parse("203.0.113.0/24"));
        assertThat(rule(update, VIP, 80).allowedSources()).isEmpty();
    }

    @Test
    void shouldLimitNobodyWhenOneRangeIsEverything() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(balancer("web")
                        .sourceRanges(List.of(Cidr.parse("203.0.113.0/24"), Cidr.parse("0.0.0.0/0")))
                        .build())
                .put(slice("web", "10.0.0.1"));

        assertThat(rule(cluster.resolve(), "1.2.3.4", 80).allowedSources()).isEmpty();
    }

    @Test
    void shouldRejectOutsidersUnlessTheModeLooksAtRangesFirstWhenThereAreNoEndpoints() {
        final Service web = balancer("web")
                .sourceRanges(List.of(Cidr.parse("203.0.113.0/24")))
                .build();
        final Cluster iptables = new Cluster(options().build());
        final Cluster nftables =
                new Cluster(options().mode(ModeSemantics.NFTABLES).build());

        assertThat(rule(iptables.put(web).resolve(), "1.2.3.4", 80).allowedSources())
                .isEmpty();
        assertThat(rule(nftables.put(web).resolve(), "1.2.3.4", 80).allowedSources())
                .hasSize(1);
    }

    @Test
    void shouldLetEverybodyInWhenAnExternalAddressIsTheBalancersTooUnlessTheModeLooksAtRangesFirst() {
        final Service web = balancer("web")
                .externalIps(ips("1.2.3.4"))
                .sourceRanges(List.of(Cidr.parse("203.0.113.0/24")))
                .build();
        final Cluster iptables = new Cluster(options().build());
        final Cluster nftables =
                new Cluster(options().mode(ModeSemantics.NFTABLES).build());

        final PlanUpdate entries =
                iptables.put(web).put(slice("web", "10.0.0.1")).resolve();
        final PlanUpdate addresses =
                nftables.put(web).put(slice("web", "10.0.0.1")).resolve();

        assertThat(rule(entries, "1.2.3.4", 80).kind()).isEqualTo(FrontendKind.EXTERNAL_IP);
        assertThat(rule(entries, "1.2.3.4", 80).allowedSources()).isEmpty();
        assertThat(entries.problems()).isEmpty();
        assertThat(rule(addresses, "1.2.3.4", 80).kind()).isEqualTo(FrontendKind.LOAD_BALANCER);
        assertThat(rule(addresses, "1.2.3.4", 80).allowedSources()).hasSize(1);
        assertThat(addresses.problems()).isEmpty();
    }

    @Test
    void shouldOpenAHealthCheckPortInTheFamiliesOfItsServiceOnly() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(service("web", VIP)
                .type(ServiceType.LOAD_BALANCER)
                .externalPolicy(TrafficPolicy.LOCAL)
                .healthCheckNodePort(32122)
                .build());

        assertThat(cluster.resolve().plan().healthChecks())
                .containsExactly(new HealthCheck(name("web"), Set.of(IpFamily.IPV4), 32122, 0));
    }

    @Test
    void shouldCountAnEndpointOnceWhenItHasAnAddressOfEachFamily() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(service("web", VIP, "fd00:172::1")
                        .type(ServiceType.LOAD_BALANCER)
                        .externalPolicy(TrafficPolicy.LOCAL)
                        .healthCheckNodePort(32122)
                        .build())
                .put(slice("web", "10.0.0.1"))
                .put(slice("web", "fd00:10::1"));

        assertThat(cluster.resolve().plan().healthChecks()).containsExactly(new HealthCheck(name("web"), 32122, 1));
    }

    /** The API server frees the port if the policy is no longer Local, and assigns another when Local returns. */
    @Test
    void shouldOpenAnotherHealthCheckPortWhenALoadBalancerGoesBackToLocal() {
        final Cluster cluster = new Cluster(options().build());
        final Service.Builder web = service("web", VIP)
                .type(ServiceType.LOAD_BALANCER)
                .externalPolicy(TrafficPolicy.LOCAL)
                .healthCheckNodePort(32122);
        cluster.put(web.build()).resolve();

        final PlanUpdate changed = cluster.put(web.externalPolicy(TrafficPolicy.CLUSTER)
                        .healthCheckNodePort(0)
                        .build())
                .resolve();
        assertThat(changed.plan().healthChecks()).isEmpty();

        final PlanUpdate back = cluster.put(web.externalPolicy(TrafficPolicy.LOCAL)
                        .healthCheckNodePort(31907)
                        .build())
                .resolve();
        assertThat(back.plan().healthChecks()).extracting(HealthCheck::port).containsExactly(31907);
        assertThat(back.delta().healthChanged()).isTrue();
    }

    @Test
    void shouldReportOnlyHealthWhenNothingElseChanged() {
        final Cluster cluster = new Cluster(options().build());
        final Service.Builder web = service("web", VIP)
                .type(ServiceType.LOAD_BALANCER)
                .externalPolicy(TrafficPolicy.LOCAL)
                .healthCheckNodePort(32122);
        cluster.put(web.build()).resolve();

        final PlanDelta delta =
                cluster.put(web.healthCheckNodePort(32123).build()).resolve().delta();

        assertThat(delta.healthChanged()).isTrue();
        assertThat(delta.nodeChanged()).isFalse();
        assertThat(delta.rules()).isEmpty();
        assertThat(delta.pools()).isEmpty();
    }

    @Test
    void shouldWeighEndpointsAsTheAnnotationSays() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(service("web", VIP)
                        .annotations(Map.of(EndpointWeights.ANNOTATION, "10.0.0.1=3,10.0.0.9=7"))
                        .build())
                .put(slice("web", "10.0.0.1", "10.0.0.2"));

        final PlanUpdate update = cluster.resolve();

        assertThat(rule(update, VIP, 80).balancing()).isEqualTo(Balancing.WEIGHTED);
        assertThat(pool(update.plan(), "web", IpFamily.IPV4, PoolId.Scope.CLUSTER)
                        .endpoints())
                .extracting(PoolEndpoint::weight)
                .containsExactly(3, 1);
        assertThat(update.problems()).isEmpty();
    }

    @Test
    void shouldReportAndUseDefaultsWhenAnnotationsCantBeRead() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(service("web", VIP)
                        .annotations(Map.of(EndpointWeights.ANNOTATION, "10.0.0.1", Balancing.ANNOTATION, "fastest"))
                        .build())
                .put(slice("web", "10.0.0.1"));

        final PlanUpdate update = cluster.resolve();

        assertThat(rule(update, VIP, 80).balancing()).isEqualTo(Balancing.RANDOM);
        assertThat(update.problems())
                .extracting(PlanProblem::toString)
                .hasSize(2)
                .anyMatch(text -> text.contains("\"fastest\"") && text.contains("maglev"))
                .anyMatch(text -> text.contains("\"10.0.0.1\" is not address=weight"));

        final PlanUpdate repaired = cluster.put(service("web", VIP)
                        .annotations(Map.of(Balancing.ANNOTATION, "maglev"))
                        .build())
                .resolve();
        assertThat(repaired.problems()).isEmpty();
        assertThat(rule(repaired, VIP, 80).balancing()).isEqualTo(Balancing.MAGLEV);
    }

    @Test
    void shouldAskForAProxyHeaderWhenAnnotated() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(service("web", VIP)
                        .annotations(Map.of(ProxyHeader.ANNOTATION, "v2"))
                        .build())
                .put(slice("web", "10.0.0.1"));
        assertThat(rule(cluster.resolve(), VIP, 80).proxyHeader()).contains(ProxyHeader.V2);

        final PlanUpdate wrong = cluster.put(service("web", VIP)
                        .annotations(Map.of(ProxyHeader.ANNOTATION, "v3"))
                        .build())
                .resolve();
        assertThat(rule(wrong, VIP, 80).proxyHeader()).isEmpty();
        assertThat(wrong.problems()).singleElement().satisfies(problem -> assertThat(problem.reason())
                .contains("\"v3\""));
    }

    @Test
    void shouldIgnoreWeightsWhenNobodyWouldTakeConnections() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(service("web", VIP)
                        .annotations(Map.of(EndpointWeights.ANNOTATION, "10.0.0.1=0"))
                        .build())
                .put(slice("web", "10.0.0.1"));

        final PlanUpdate update = cluster.resolve();

        assertThat(pool(update.plan(), "web", IpFamily.IPV4, PoolId.Scope.CLUSTER)
                        .endpoints())
                .extracting(PoolEndpoint::weight)
                .containsExactly(1);
        assertThat(update.problems()).singleElement().satisfies(problem -> assertThat(problem.reason())
                .contains("IPv4 endpoints of port 80/TCP are 0"));
    }

    @Test
    void shouldKeepServingEndpointsForFlowsWhenTheyAreNoLongerChosen() {
        final Cluster cluster = new Cluster(options().build());
        final EndpointSlice slice = slice(
                "web",
                List.of(
                        Endpoint.ready(ips("10.0.0.1").getFirst()),
                        Endpoint.of(
                                ips("10.0.0.2").getFirst(),
                                Endpoint.Condition.SERVING,
                                Endpoint.Condition.TERMINATING)));
        cluster.put(service("web", VIP).build()).put(slice);

        final ForwardingPlan plan = cluster.resolve().plan();

        assertThat(pool(plan, "web", IpFamily.IPV4, PoolId.Scope.CLUSTER).size())
                .isEqualTo(1);
        assertThat(pool(plan, "web", IpFamily.IPV4, PoolId.Scope.SERVING).size())
                .isEqualTo(2);
    }
}
