package io.pointsman.spi.nftables.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Element;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RuleRendererTest {
    private static final TableOptions OPTIONS =
            new TableOptions(new Rewriting(14, 1, 2), 1, Counting.CONNECTIONS, Set.of(), FastPath.OFF);
    private static final ServicePortName OWNER = new ServicePortName(new ObjectName("ns", "web"), "p", Protocol.TCP);

    private static EndpointPool pool(PoolId.Scope scope, int... numbers) {
        return new EndpointPool(
                new PoolId(OWNER, IpFamily.IPV4, scope),
                Arrays.stream(numbers)
                        .mapToObj(number -> new PoolEndpoint(IpAddress.ofIpv4(0x0a000000 + number), 80, 1, number == 1))
                        .toList());
    }

    private static Rule.Builder loadBalancer() {
        return Rule.builder(
                new Frontend(Protocol.TCP, IpAddress.parse("203.0.113.1"), 80), FrontendKind.LOAD_BALANCER, OWNER);
    }

    private static Rule.Builder local() {
        return loadBalancer()
                .fromLocalPod(new Action.Forward(pool(PoolId.Scope.CLUSTER, 1, 2, 3), false))
                .fromNode(new Action.Forward(pool(PoolId.Scope.CLUSTER, 1, 2, 3), true))
                .fromExternal(new Action.Forward(pool(PoolId.Scope.LOCAL, 1), false));
    }

    private static List<String> chains(Rule rule) {
        return RuleRenderer.render(rule, new Sessions(), new Policies(), OPTIONS).chains().stream()
                .map(OnDemand::name)
                .toList();
    }

    private static long count(RenderedRule rendered, String set) {
        return rendered.own().stream().filter(entry -> entry.set().equals(set)).count();
    }

    @Test
    void shouldNameAChainAfterWhatItDoesForEachOrigin() {
        assertThat(chains(local().build()))
                .containsExactly(
                        "vip.pod-random3.node-random3-masquerade.other-random1-of-pool1",
                        "vip-random3",
                        "vip-random3-masquerade");
    }

    @Test
    void shouldShareOneChainAmongRulesOfOneKind() {
        final Rule other = Rule.builder(
                        new Frontend(Protocol.UDP, IpAddress.parse("203.0.113.9"), 53),
                        FrontendKind.EXTERNAL_IP,
                        new ServicePortName(new ObjectName("ns", "dns"), "p", Protocol.UDP))
                .fromEverywhere(new Action.Forward(pool(PoolId.Scope.CLUSTER, 4, 5), false))
                .build();
        final Rule one = loadBalancer()
                .fromEverywhere(new Action.Forward(pool(PoolId.Scope.CLUSTER, 1, 2), false))
                .build();
        assertThat(chains(one)).isEqualTo(chains(other)).containsExactly("vip-random2");
    }

    @Test
    void shouldGiveEachPoolSlotsOfItsOwnAndLeadThereLast() {
        final RenderedRule rendered = RuleRenderer.render(local().build(), new Sessions(), new Policies(), OPTIONS);
        assertThat(count(rendered, Layout.ENDPOINTS)).isEqualTo(4);
        assertThat(rendered.own().getLast().set()).isEqualTo(Layout.SERVICES);
        assertThat(rendered.shared())
                .as("hairpins of endpoints on this node")
                .hasSize(1)
                .allMatch(entry -> entry.set().equals(Layout.HAIRPINS));
    }

    @Test
    void shouldLeaveOutRangesWithinOthersAndOfTheOtherFamily() {
        final RenderedRule rendered = RuleRenderer.render(
                local().allowedSources(List.of(
                                Cidr.parse("10.0.0.0/8"),
                                Cidr.parse("10.1.0.0/16"),
                                Cidr.parse("192.0.2.1/32"),
                                Cidr.parse("2001:db8::/32")))
                        .build(),
                new Sessions(),
                new Policies(),
                OPTIONS);
        assertThat(count(rendered, Layout.ALLOWED)).isEqualTo(2);
        assertThat(rendered.chains().iterator().next().name()).startsWith("vip-limited.pod");
    }

    @Test
    void shouldDropEverybodyWhenNoRangeIsOfTheFamily() {
        final RenderedRule rendered = RuleRenderer.render(
                loadBalancer()
                        .fromEverywhere(Action.REJECT)
                        .allowedSources(List.of(Cidr.parse("2001:db8::/32")))
                        .build(),
                new Sessions(),
                new Policies(),
                OPTIONS);
        assertThat(count(rendered, Layout.ALLOWED)).isZero();
        assertThat(count(rendered, Layout.SERVICES))
                .as("drops who is not allowed")
                .isEqualTo(1);
        assertThat(count(rendered, Layout.REFUSALS)).isEqualTo(1);
    }

    @Test
    void shouldKeepSessionsOfPoolsApartAndKnowThemAgain() {
        final Rule bound = local().affinity(Optional.of(Duration.ofHours(3))).build();
        final Sessions sessions = new Sessions();
        final RenderedRule rendered = RuleRenderer.render(bound, sessions, new Policies(), OPTIONS);
        assertThat(count(rendered, Layout.SESSIONS)).isEqualTo(2);
        final Sessions restarted = new Sessions();
        RuleRenderer.sessionPlaces(bound).forEach((session, place) -> rendered.own().stream()
                .filter(entry -> entry.place().equals(place))
                .forEach(entry -> restarted.adopt(
                        session, entry.element().value().orElseThrow().host32At(0))));
        assertThat(RuleRenderer.render(bound, restarted, new Policies(), OPTIONS))
                .isEqualTo(rendered);
    }

    @Test
    void shouldGiveNoNumberTwice() {
        final Sessions sessions = new Sessions();
        final Session first = new Session(pool(PoolId.Scope.CLUSTER, 1).id(), Duration.ofSeconds(1));
        final Session second = new Session(pool(PoolId.Scope.LOCAL, 1).id(), Duration.ofSeconds(1));
        final int number = new Sessions().of(second);
        sessions.adopt(first, number);
        assertThat(sessions.of(first)).isEqualTo(number);
        assertThat(sessions.of(second)).isNotEqualTo(number);
    }

    @Test
    void shouldRefuseWhomNoEndpointTakes() {
        final EndpointPool drained = new EndpointPool(
                new PoolId(OWNER, IpFamily.IPV4, PoolId.Scope.CLUSTER),
                List.of(new PoolEndpoint(IpAddress.parse("10.0.0.1"), 80, 0, true)));
        assertThat(chains(loadBalancer()
                        .fromEverywhere(new Action.Forward(drained, false))
                        .build()))
                .containsExactly("refuse-reject", "vip-random0");
    }

    @Test
    void shouldTellConnectionsOfTheFastPathByVipAndByNodePort() {
        final TableOptions options = OPTIONS.with(FastPath.ON);
        final Action forward = new Action.Forward(pool(PoolId.Scope.CLUSTER, 2), false);
        final RenderedRule vip = RuleRenderer.render(
                loadBalancer().fromEverywhere(forward).build(), new Sessions(), new Policies(), options);
        assertThat(vip.shared())
                .containsExactly(
                        new Entry(Layout.FAST_PATH_VIPS, Element.of(Bytes.address(IpAddress.parse("203.0.113.1")))));
        final RenderedRule nodePort = RuleRenderer.render(
                Rule.builder(Frontend.nodePort(Protocol.UDP, IpFamily.IPV4, 30053), FrontendKind.NODE_PORT, OWNER)
                        .fromEverywhere(forward)
                        .build(),
                new Sessions(),
                new Policies(),
                options);
        assertThat(nodePort.own()).contains(new Entry(Layout.FAST_PATH_UDP_PORTS, Element.of(Bytes.be16(30053))));
        assertThat(count(nodePort, Layout.FAST_PATH_TCP_PORTS)).isZero();
        final RenderedRule refused = RuleRenderer.render(
                loadBalancer().fromEverywhere(Action.REJECT).build(), new Sessions(), new Policies(), options);
        assertThat(refused.shared()).isEmpty();
    }
}
