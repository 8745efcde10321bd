package io.pointsman.nat;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.plan;
import static io.pointsman.nat.Plans.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.nat.events.FlowEvent;
import io.pointsman.plan.Action;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConnectTest {
    private static final IpAddress POD = IpAddress.parse("10.180.1.7");
    private static final IpAddress OUTSIDER = IpAddress.parse("198.51.100.79");
    private static final IpAddress VIP = IpAddress.parse("10.0.170.92");
    private static final PoolEndpoint A = endpoint("10.180.1.136", 8080);
    private static final PoolEndpoint B = endpoint("10.180.1.137", 8080);
    private static final PoolEndpoint C = endpoint("10.180.1.138", 8080);

    private static ConnectDecision connect(NatEngine engine, IpAddress client) {
        return engine.connect(Protocol.TCP, client, 40000, VIP, 80, 0);
    }

    private static ConnectDecision.Forward forward(ConnectDecision decision) {
        assertThat(decision).isInstanceOf(ConnectDecision.Forward.class);
        return (ConnectDecision.Forward) decision;
    }

    @Test
    void shouldMasqueradeOutsidersOnlyWhenTheRuleSaysSo() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.DEFAULT, rule(Protocol.TCP, "10.0.170.92", 80).to(A))) {
            assertThat(forward(connect(engine, POD)).masquerade()).isFalse();
            assertThat(forward(connect(engine, OUTSIDER)).masquerade()).isTrue();
            assertThat(forward(connect(engine, A.address())).masquerade()).isTrue();
        }
    }

    @Test
    void shouldRefuseInTheWordsOfTheRuleWhenItDoesNotForward() {
        final Rule rule = rule(Protocol.TCP, "10.0.170.92", 80).does(Action.DROP, Action.PASS, Action.REJECT);
        try (NatEngine engine = Plans.engine(EngineConfig.DEFAULT, rule)) {
            assertThat(connect(engine, POD)).isEqualTo(new ConnectDecision.Refused(Verdict.DROP, Reason.RULE_DROP));
            assertThat(connect(engine, OUTSIDER))
                    .isEqualTo(new ConnectDecision.Refused(Verdict.REJECT, Reason.RULE_REJECT));
            assertThat(engine.connect(Protocol.TCP, OUTSIDER, 1, VIP, 81, 0))
                    .isEqualTo(new ConnectDecision.Refused(Verdict.REJECT, Reason.UNKNOWN_CLUSTER_PORT));
            assertThat(engine.connect(Protocol.TCP, OUTSIDER, 1, IpAddress.parse("10.0.1.1"), 81, 0))
                    .isEqualTo(new ConnectDecision.Refused(Verdict.DROP, Reason.UNALLOCATED_SERVICE_IP));
        }
    }

    @Test
    void shouldGuardTheLoopbackNetworkOfIpv4Alone() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.DEFAULT, rule(Protocol.TCP, "10.0.170.92", 80).to(A))) {
            assertThat(engine.connect(Protocol.TCP, OUTSIDER, 1, IpAddress.parse("127.0.0.53"), 81, 0))
                    .isEqualTo(new ConnectDecision.Refused(Verdict.DROP, Reason.LOOPBACK_GUARD));
            assertThat(engine.connect(
                            Protocol.TCP, IpAddress.parse("2001:db8:51::79"), 1, IpAddress.parse("::1"), 81, 0))
                    .isEqualTo(new ConnectDecision.Refused(Verdict.PASS, Reason.NOT_OURS));
        }
    }

    @Test
    void shouldTryEveryEndpointOnceWhenDialsKeepFailing() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.DEFAULT, rule(Protocol.TCP, "10.0.170.92", 80).to(A, B, C))) {
            ConnectDecision decision = connect(engine, POD);
            final List<PoolEndpoint> tried = new ArrayList<>();
            while (decision instanceof ConnectDecision.Forward forward) {
                tried.add(forward.endpoint());
                decision = engine.retry(forward.flow(), tried, 0);
            }
            assertThat(tried).containsExactlyInAnyOrder(A, B, C);
            assertThat(decision).isEqualTo(new ConnectDecision.Refused(Verdict.REJECT, Reason.NO_ENDPOINT));
        }
    }

    @Test
    void shouldStickToOneEndpointAcrossVipsUntilTheTimeIsUp() {
        final Rule cluster = rule(Protocol.TCP, "10.0.170.92", 80)
                .affinity(Duration.ofSeconds(10))
                .to(A, B, C);
        final Rule external = rule(Protocol.TCP, "203.0.113.140", 80)
                .kind(FrontendKind.LOAD_BALANCER)
                .affinity(Duration.ofSeconds(10))
                .to(A, B, C);
        try (NatEngine engine = Plans.engine(EngineConfig.DEFAULT, cluster, external)) {
            final PoolEndpoint first = forward(connect(engine, POD)).endpoint();
            for (int i = 0; i < 50; i++) {
                final long now = i * 9_000_000_000L;
                assertThat(forward(engine.connect(Protocol.TCP, POD, 1, VIP, 80, now))
                                .endpoint())
                        .isEqualTo(first);
                assertThat(forward(engine.connect(Protocol.TCP, POD, 1, IpAddress.parse("203.0.113.140"), 80, now))
                                .endpoint())
                        .isEqualTo(first);
            }
            final Set<PoolEndpoint> later = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                later.add(forward(engine.connect(Protocol.TCP, POD, 1, VIP, 80, (i + 100) * 11_000_000_000L))
                        .endpoint());
            }
            assertThat(later).containsExactlyInAnyOrder(A, B, C);
        }
    }

    @Test
    void shouldServeMoreClientsThanItHasRoomToRemember() {
        final EngineConfig config = EngineConfig.builder().affinityCapacity(64).build();
        final Rule affine = rule(Protocol.TCP, "10.0.170.92", 80)
                .affinity(Duration.ofHours(3))
                .to(A, B);
        try (NatEngine engine = Plans.engine(config, affine)) {
            for (int client = 0; client < 5_000; client++) {
                final IpAddress address = IpAddress.ofIpv4(0x0AB4_0000 + client);
                final PoolEndpoint first = forward(engine.connect(Protocol.TCP, address, 1, VIP, 80, client))
                        .endpoint();
                assertThat(forward(engine.connect(Protocol.TCP, address, 2, VIP, 80, client))
                                .endpoint())
                        .isEqualTo(first);
            }
        }
    }

    @Test
    void shouldChooseAnewWhenTheEndpointOfAnAffinityIsGone() {
        final Rule before = rule(Protocol.TCP, "10.0.170.92", 80)
                .affinity(Duration.ofHours(3))
                .to(A, B);
        try (NatEngine engine = Plans.engine(EngineConfig.DEFAULT, before)) {
            final PoolEndpoint first = forward(connect(engine, POD)).endpoint();
            final PoolEndpoint other = first.equals(A) ? B : A;
            final ForwardingPlan next = plan(
                    2,
                    rule(Protocol.TCP, "10.0.170.92", 80)
                            .affinity(Duration.ofHours(3))
                            .to(other));
            Plans.apply(engine, plan(1, before), next);
            assertThat(forward(connect(engine, POD)).endpoint()).isEqualTo(other);
        }
    }

    @Test
    void shouldRecordFlowsUntilTheyEnd() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.DEFAULT, rule(Protocol.TCP, "10.0.170.92", 80).to(A))) {
            final List<FlowEvent.Type> events = new ArrayList<>();
            engine.pollEvents(event -> events.add(event.type()), 10);
            final long flow = forward(connect(engine, POD)).flow();
            engine.established(flow, 1);
            engine.transferred(flow, 100, 2000, 2);
            engine.transferred(flow, 1, 2, 2);
            assertThat(engine.flows(3)).singleElement().satisfies(record -> {
                assertThat(record.original()).isEqualTo(new FlowRecord.Tuple(Protocol.TCP, POD, 40000, VIP, 80));
                assertThat(record.reply().source()).isEqualTo(A.address());
                assertThat(record.owner()).contains(Plans.name("web", Protocol.TCP));
                assertThat(record.state()).isEqualTo("ESTABLISHED");
                assertThat(record.bytesOut()).isEqualTo(101);
                assertThat(record.bytesBack()).isEqualTo(2002);
            });
            engine.disconnect(flow, 3);
            engine.disconnect(flow, 3);
            assertThat(engine.flows(3)).isEmpty();
            engine.pollEvents(event -> events.add(event.type()), 10);
            assertThat(events).containsExactly(FlowEvent.Type.NEW, FlowEvent.Type.ESTABLISHED, FlowEvent.Type.DESTROY);
        }
    }

    @Test
    void shouldRefuseWhenAsManyConnectionsAreOpenAsFit() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(1).build(),
                rule(Protocol.TCP, "10.0.170.92", 80).to(A))) {
            final long flow = forward(connect(engine, POD)).flow();
            assertThat(connect(engine, POD)).isEqualTo(new ConnectDecision.Refused(Verdict.DROP, Reason.TABLE_FULL));
            engine.disconnect(flow, 0);
            forward(connect(engine, POD));
        }
    }
}
