package io.pointsman.agent.look;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.ProxyHeader;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlanComparisonTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectName WEB = new ObjectName("default", "web");
    private static final ServicePortName HTTP = new ServicePortName(WEB, "http", Protocol.TCP);
    private static final Frontend NODE_PORT = Frontend.nodePort(Protocol.TCP, IpFamily.IPV4, 30080);
    private static final Frontend VIP = new Frontend(Protocol.TCP, IpAddress.parse("10.96.0.1"), 80);
    private static final NodeFacts NODE = NodeFacts.builder("one")
            .addresses(Set.of(IpAddress.parse("10.0.0.7")))
            .nodePortAddresses(Set.of(IpAddress.parse("127.0.0.1"), IpAddress.parse("10.0.0.7")))
            .build();

    private static EndpointPool pool(PoolId.Scope scope, String... addresses) {
        return new EndpointPool(
                new PoolId(HTTP, IpFamily.IPV4, scope),
                Arrays.stream(addresses)
                        .map(address -> new PoolEndpoint(IpAddress.parse(address), 8080, 1, false))
                        .toList());
    }

    private static Rule.Builder forwarding(Frontend frontend, boolean masquerade, String... addresses) {
        return Rule.builder(frontend, frontend.isNodePort() ? FrontendKind.NODE_PORT : FrontendKind.CLUSTER_IP, HTTP)
                .fromEverywhere(new Action.Forward(pool(PoolId.Scope.CLUSTER, addresses), masquerade))
                .serving(pool(PoolId.Scope.SERVING, addresses));
    }

    private static ForwardingPlan plan(Rule... rules) {
        return ForwardingPlan.of(1, NODE, List.of(rules), List.of());
    }

    private static List<String> words(ForwardingPlan before, ForwardingPlan after) {
        final PlanComparison comparison = PlanComparison.of(before, after);
        assertThat(comparison.services()).singleElement().satisfies(change -> assertThat(change.service())
                .isEqualTo(WEB));
        return comparison.services().getFirst().words();
    }

    @Test
    void shouldTellWhoseAddressIsKept() {
        final Rule before = forwarding(NODE_PORT, true, "10.244.0.1").build();
        final Rule after = before.toBuilder()
                .fromExternal(new Action.Forward(pool(PoolId.Scope.CLUSTER, "10.244.0.1"), false))
                .build();

        assertThat(words(plan(before), plan(after)))
                .containsExactly("external clients reach default/web through 10.0.0.7:30080 (and 1 other address of"
                        + " the node) with their own address; before: with the node's");
    }

    @Test
    void shouldTellWhoIsNotServedAnyMoreAndWhoIsNow() {
        final Rule vip = forwarding(VIP, false, "10.244.0.1").build();

        assertThat(words(plan(vip), plan())).containsExactly("default/web is no longer served at 10.96.0.1:80");
        assertThat(words(plan(), plan(vip)))
                .containsExactly("pods, processes of the node and external clients reach default/web through"
                        + " 10.96.0.1:80 with their own address; before: not served");
        assertThat(words(
                        plan(vip),
                        plan(vip.toBuilder()
                                .fromNode(Action.REJECT)
                                .fromExternal(Action.DROP)
                                .build())))
                .containsExactly(
                        "processes of the node are refused by default/web at 10.96.0.1:80; before: they reached it"
                                + " with their own address",
                        "external clients get no answer from default/web at 10.96.0.1:80; before: they reached it with"
                                + " their own address");
        assertThat(PlanComparison.of(plan(vip), plan()).services().getFirst().kind())
                .isEqualTo(PlanComparison.Kind.GONE);
        assertThat(PlanComparison.of(plan(), plan(vip)).services().getFirst().kind())
                .isEqualTo(PlanComparison.Kind.NEW);
    }

    @Test
    void shouldNameEndpointsOnceForAllAddresses() {
        final ForwardingPlan before = plan(
                forwarding(VIP, false, "10.244.0.1", "10.244.0.2").build(),
                forwarding(NODE_PORT, true, "10.244.0.1", "10.244.0.2").build());
        final ForwardingPlan after = plan(
                forwarding(VIP, false, "10.244.0.2", "10.244.0.3").build(),
                forwarding(NODE_PORT, true, "10.244.0.2", "10.244.0.3").build());

        assertThat(words(before, after))
                .containsExactly(
                        "new connections through 10.0.0.7:30080 (and 1 other address of the node), 10.96.0.1:80 may"
                                + " also go to 10.244.0.3:8080",
                        "new connections through 10.0.0.7:30080 (and 1 other address of the node), 10.96.0.1:80 no"
                                + " longer go to 10.244.0.1:8080",
                        "connections through 10.0.0.7:30080 (and 1 other address of the node), 10.96.0.1:80 lose"
                                + " 10.244.0.1:8080, which no longer serves");
        assertThat(PlanComparison.of(before, after).rules()).isEqualTo(new PlanComparison.RuleCount(0, 0, 2));
    }

    @Test
    void shouldTellWhichEndpointsAPolicyLeaves() {
        final Rule before = forwarding(VIP, false, "10.244.0.1").build();
        final Rule after = before.toBuilder()
                .fromEverywhere(new Action.Forward(pool(PoolId.Scope.LOCAL, "10.244.0.1"), false))
                .build();

        assertThat(words(plan(before), plan(after)))
                .containsExactly(
                        "new connections through 10.96.0.1:80 go only to endpoints on this node; before: to all");
        assertThat(words(plan(after), plan(before)))
                .containsExactly("new connections through 10.96.0.1:80 go to all endpoints; before: only to those on"
                        + " this node");
    }

    @Test
    void shouldTellTheLimits() {
        final Rule before = forwarding(VIP, false, "10.244.0.1").build();
        final Rule after = before.toBuilder()
                .allowedSources(List.of(Cidr.parse("10.0.0.0/8")))
                .affinity(Optional.of(Duration.ofHours(3)))
                .balancing(Balancing.MAGLEV)
                .proxyHeader(Optional.of(ProxyHeader.V2))
                .build();

        assertThat(words(plan(before), plan(after)))
                .containsExactly(
                        "clients that may connect at 10.96.0.1:80: 10.0.0.0/8; before: all clients",
                        "a client keeps its endpoint at 10.96.0.1:80: for 10800 s; before: no longer than a connection",
                        "the algorithm that chooses an endpoint at 10.96.0.1:80: maglev; before: random",
                        "the header that tells endpoints the client at 10.96.0.1:80: PROXY protocol v2; before:"
                                + " nothing");
    }

    @Test
    void shouldTellWhatBalancersHearAndWhatTheNodeIs() {
        final Rule rule = forwarding(VIP, false, "10.244.0.1").build();
        final ForwardingPlan before =
                ForwardingPlan.of(1, NODE, List.of(rule), List.of(new HealthCheck(WEB, 30200, 1)));
        final ForwardingPlan after = ForwardingPlan.of(
                9,
                NODE.toBuilder()
                        .podDetector(new PodDetector.ByInterface("cni0", false))
                        .build(),
                List.of(rule),
                List.of(new HealthCheck(WEB, 30200, 0)));

        assertThat(words(before, after))
                .containsExactly(
                        "load balancers that check its health are told: 0 endpoints on this node, at port 30200 (IPv4,"
                                + " IPv6); before: 1 endpoint on this node, at port 30200 (IPv4, IPv6)");
        assertThat(PlanComparison.of(before, after).node())
                .containsExactly("how pods are recognized: interface cni0; before: nothing");
    }

    @Test
    void shouldCountConnectionsThatLoseWhatTheyAreTo() {
        final EndingConnections ending = new EndingConnections(
                plan(forwarding(NODE_PORT, true, "10.244.0.2").build()));
        for (String endpoint : List.of("10.244.0.1", "10.244.0.2", "10.244.0.1")) {
            ending.note(flow(Protocol.TCP, "10.0.0.7", 30080, endpoint));
        }
        ending.note(flow(Protocol.UDP, "10.96.0.1", 53, "10.244.0.1"));

        assertThat(ending.byService()).isEqualTo(Map.of(WEB, new EndingConnections.Count(1, 2)));
    }

    private static FlowRecord flow(Protocol protocol, String dialed, int port, String endpoint) {
        final IpAddress client = IpAddress.parse("198.51.100.9");
        return new FlowRecord(
                new FlowRecord.Tuple(protocol, client, 40000, IpAddress.parse(dialed), port),
                new FlowRecord.Tuple(protocol, IpAddress.parse(endpoint), 8080, client, 40000),
                Optional.of(new ServicePortName(WEB, "", protocol)),
                "ESTABLISHED",
                1,
                2,
                3,
                4,
                Optional.of(Duration.ofSeconds(5)));
    }

    @Test
    void shouldReadTheConnectionThatItWrote() throws Exception {
        final FlowRecord flow = flow(Protocol.SCTP, "fd00::1", 80, "fd00::2");
        assertThat(FlowJson.read(JSON.readTree(FlowJson.of(flow)))).isEqualTo(flow);
    }

    /** A comparison names exactly the Services whose rules or health checks differ. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void shouldNameExactlyTheServicesThatChanged(long seed) {
        final RandomPlans cluster = new RandomPlans(new Random(seed));
        ForwardingPlan before = cluster.plan();
        int named = 0;
        for (int i = 0; i < 200; i++) {
            cluster.change();
            final ForwardingPlan after = cluster.plan();
            final PlanComparison comparison = PlanComparison.of(before, after);
            assertThat(comparison.services().stream()
                            .map(PlanComparison.ServiceChange::service)
                            .toList())
                    .as("seed %d, change %d", seed, i)
                    .containsExactlyElementsOf(different(before, after));
            assertThat(comparison.services())
                    .allSatisfy(change -> assertThat(change.words()).isNotEmpty());
            assertThat(PlanComparison.of(after, after).isSame()).isTrue();
            named += comparison.services().size();
            before = after;
        }
        assertThat(named).isGreaterThan(50);
    }

    private static Set<ObjectName> different(ForwardingPlan before, ForwardingPlan after) {
        final Map<ObjectName, Set<Object>> old = byService(before);
        final Map<ObjectName, Set<Object>> now = byService(after);
        final Set<ObjectName> names = new TreeSet<>(old.keySet());
        names.addAll(now.keySet());
        names.removeIf(name -> old.getOrDefault(name, Set.of()).equals(now.getOrDefault(name, Set.of())));
        return names;
    }

    private static Map<ObjectName, Set<Object>> byService(ForwardingPlan plan) {
        final Map<ObjectName, Set<Object>> byService = new TreeMap<>();
        plan.rules().values().forEach(rule -> byService
                .computeIfAbsent(rule.owner().service(), _ -> new HashSet<>())
                .add(rule));
        plan.healthChecks().forEach(check -> byService
                .computeIfAbsent(check.service(), _ -> new HashSet<>())
                .add(check));
        return byService;
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7, 8})
    void shouldReadThePlanThatItWrote(long seed) throws Exception {
        final RandomPlans cluster = new RandomPlans(new Random(seed));
        for (int i = 0; i < 50; i++) {
            cluster.change();
            final ForwardingPlan plan = cluster.plan();
            final PlanWriter writer = new PlanWriter("nftables", plan);
            final PlanReader lines = new PlanReader(JSON.readTree(writer.node()));
            for (ObjectName service : writer.services()) {
                lines.add(JSON.readTree(writer.service(service)));
            }
            assertThat(lines.plan()).as("seed %d, change %d", seed, i).isEqualTo(plan);
            final JsonNode document = JSON.readTree(writer.document());
            final PlanReader whole = new PlanReader(document);
            document.get("services").forEach(whole::add);
            assertThat(whole.plan()).isEqualTo(plan);
        }
    }
}
