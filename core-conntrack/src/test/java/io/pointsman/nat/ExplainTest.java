package io.pointsman.nat;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.nodePort;
import static io.pointsman.nat.Plans.rule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.nat.Explanation.Kind;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.testing.Packets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExplainTest {
    private static final PoolEndpoint A = endpoint("10.180.1.136", 8080);
    private static final PoolEndpoint B = endpoint("10.180.1.137", 8080);
    private static final PoolEndpoint C = endpoint("10.180.1.138", 8080);

    private static ExplainRequest from(String client, String vip, int port) {
        return new ExplainRequest(
                Protocol.TCP, IpAddress.parse(client), 40_000, IpAddress.parse(vip), port, Optional.empty());
    }

    private static String words(Explanation told, Kind kind) {
        return told.steps().stream()
                .filter(step -> step.kind() == kind)
                .findFirst()
                .orElseThrow()
                .words();
    }

    private static ConnectDecision.Forward connect(NatEngine engine, String client) {
        return (ConnectDecision.Forward)
                engine.connect(Protocol.TCP, IpAddress.parse(client), 40_000, IpAddress.parse("10.0.170.92"), 80, 0);
    }

    private static Verdict sendUdp(NatWorker worker, String client, String vip) {
        final byte[] packet = Packets.udp(client, 40_000, vip, 53, new byte[4]);
        return worker.process(Packets.lend(packet), 0, packet.length, InputInterface.NONE, 0);
    }

    @Test
    void shouldTellEveryStepInOrderWhenAPodDialsAClusterAddress() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(64).build(),
                rule(Protocol.TCP, "10.0.170.92", 80).to(A))) {
            final Explanation told = engine.explain(from("10.180.3.8", "10.0.170.92", 80), 0);
            assertThat(told.steps())
                    .extracting(Explanation.Step::kind)
                    .containsExactly(
                            Kind.FRONTEND,
                            Kind.RULE,
                            Kind.ALLOWED_SOURCES,
                            Kind.ORIGIN,
                            Kind.ACTION,
                            Kind.CANDIDATES,
                            Kind.CHOICE,
                            Kind.SOURCE,
                            Kind.REPLY);
            assertThat(words(told, Kind.ORIGIN))
                    .isEqualTo("comes from a pod: 10.180.3.8 is in the pod range 10.180.0.0/16");
            assertThat(told.outcome())
                    .isEqualTo("TCP 10.180.3.8:40000 -> 10.0.170.92:80 is forwarded to 10.180.1.136:8080, source kept");
        }
    }

    @Test
    void shouldNameTheEgressAddressWhenTheSourceIsRewritten() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(64).build(),
                nodePort(Protocol.TCP, 30_080).to(A))) {
            final Explanation told = engine.explain(from("198.51.100.79", "10.240.0.4", 30_080), 0);
            assertThat(words(told, Kind.FRONTEND))
                    .isEqualTo("TCP 30080 is a node port, and 10.240.0.4 is one of the node's addresses that node"
                            + " ports answer on");
            assertThat(told.outcome())
                    .endsWith("is forwarded to 10.180.1.136:8080, source becomes 10.180.1.1 (masquerade)");
            assertThat(engine.explain(from("10.180.1.136", "10.240.0.4", 30_080), 0)
                            .outcome())
                    .endsWith("is forwarded to 10.180.1.136:8080, source becomes 10.180.1.1 (hairpin)");
        }
    }

    @Test
    void shouldSayWhyNothingIsForwardedWhenItIsNot() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(64).build(),
                rule(Protocol.TCP, "10.0.170.92", 80)
                        .allow("10.180.0.0/16")
                        .does(Action.DROP, Action.PASS, Action.DROP),
                nodePort(Protocol.TCP, 30_080).to(A))) {
            assertThat(engine.explain(from("10.180.3.8", "10.0.170.92", 80), 0).outcome())
                    .contains("is dropped: its rule drops it");
            assertThat(engine.explain(from("10.180.3.8", "10.0.170.92", 81), 0).outcome())
                    .contains("is rejected: a cluster address, and a port that no Service has there");
            assertThat(engine.explain(from("10.180.3.8", "10.0.1.1", 80), 0).outcome())
                    .contains("is dropped: in the service ranges, where no Service has that port");
            assertThat(words(engine.explain(from("10.9.9.9", "10.0.170.92", 80), 0), Kind.ALLOWED_SOURCES))
                    .isEqualTo("10.9.9.9 is outside the allowed sources 10.180.0.0/16: dropped");
            assertThat(words(engine.explain(from("10.180.3.8", "10.180.1.1", 30_080), 0), Kind.FRONTEND))
                    .contains("30080 is a node port of default/web:TCP, but 10.180.1.1 is none of the addresses");
        }
    }

    @Test
    void shouldSayThatANodePortIsRefusedWhereItDoesNotAnswerWhenTheModeDoesSo() {
        final NodeFacts facts = NodeFacts.builder("6jst")
                .addresses(Set.of(Plans.NODE, Plans.POD_GATEWAY))
                .nodePortAddresses(Set.of(Plans.NODE))
                .mode(ModeSemantics.of(Action.PASS, ModeSemantics.Answer.REFUSES_NODE_PORTS_EVERYWHERE))
                .build();
        final Rule rule = nodePort(Protocol.TCP, 30_080).does(Action.REJECT, Action.REJECT, Action.REJECT);
        try (NatEngine engine =
                NatEngine.create(EngineConfig.builder().capacity(64).build())) {
            Plans.apply(engine, ForwardingPlan.empty(facts), ForwardingPlan.of(1, facts, List.of(rule), List.of()));

            final Explanation refused = engine.explain(from("10.9.9.9", "10.180.1.1", 30_080), 0);

            assertThat(refused.outcome()).contains("is rejected: a node port without endpoints for external traffic");
            assertThat(words(refused, Kind.FRONTEND))
                    .contains("10.180.1.1 is none of the addresses", "no endpoint for external traffic");
            assertThat(engine.explain(from("10.9.9.9", "10.180.1.2", 30_080), 0).outcome())
                    .doesNotContain("rejected");
        }
    }

    @Test
    void shouldTakeNoTurnWhenTheAlgorithmIsRoundRobin() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(64).build(),
                rule(Protocol.TCP, "10.0.170.92", 80)
                        .balancing(Balancing.ROUND_ROBIN)
                        .to(A, B, C))) {
            final Set<PoolEndpoint> chosen = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                final ExplainRequest request = from("10.180.3." + i, "10.0.170.92", 80);
                Explanation told = engine.explain(request, 0);
                for (int again = 0; again < 5; again++) {
                    told = engine.explain(request, 0);
                }
                final PoolEndpoint next = connect(engine, "10.180.3." + i).endpoint();
                assertThat(told.targets())
                        .extracting(Explanation.Target::endpoint)
                        .containsExactly(next);
                chosen.add(next);
            }
            assertThat(chosen).containsExactlyInAnyOrder(A, B, C);
        }
    }

    @Test
    void shouldBindNobodyAndTrackNothingWhenARuleHasAffinity() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(64).build(),
                rule(Protocol.TCP, "10.0.170.92", 80)
                        .affinity(Duration.ofHours(3))
                        .to(A, B, C))) {
            final ExplainRequest request = from("10.180.3.8", "10.0.170.92", 80);
            for (int i = 0; i < 20; i++) {
                assertThat(engine.explain(request, 0).targets()).hasSize(3); // still free to choose
            }
            assertThat(engine.trackedFlows()).isZero();
            assertThat(engine.flows(0)).isEmpty();

            final ConnectDecision.Forward forward = connect(engine, "10.180.3.8");
            engine.disconnect(forward.flow(), 0);
            final long hourNanos = Duration.ofHours(1).toNanos();
            final Explanation bound = engine.explain(request, hourNanos);
            assertThat(bound.targets()).extracting(Explanation.Target::endpoint).containsExactly(forward.endpoint());
            assertThat(words(bound, Kind.CHOICE)).contains("bound to it by affinity, for another 2 h");
            assertThat(engine.explain(request, 4 * hourNanos).targets()).hasSize(3); // it was not renewed
        }
    }

    @Test
    void shouldFollowTheFlowInBothDirectionsWhenThePacketPathKnowsIt() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(64).build(),
                rule(Protocol.UDP, "10.0.170.92", 53).to(A))) {
            final NatWorker worker = engine.newWorker();
            assertThat(sendUdp(worker, "198.51.100.79", "10.0.170.92")).isEqualTo(Verdict.FORWARD);
            final ExplainRequest request = new ExplainRequest(
                    Protocol.UDP,
                    IpAddress.parse("198.51.100.79"),
                    40_000,
                    IpAddress.parse("10.0.170.92"),
                    53,
                    Optional.empty());
            assertThat(engine.explain(request, 0).outcome())
                    .endsWith("is forwarded to 10.180.1.136:8080, source becomes 10.180.1.1:40000, as its flow is");
            final ExplainRequest answer = new ExplainRequest(
                    Protocol.UDP, A.address(), 8080, IpAddress.parse("10.180.1.1"), 40_000, Optional.empty());
            assertThat(engine.explain(answer, 0).steps().getFirst().words())
                    .contains("as an answer")
                    .endsWith("becomes UDP 10.0.170.92:53 -> 198.51.100.79:40000");
            final long later = Duration.ofHours(1).toNanos();
            assertThat(engine.explain(request, later).flow()).isEmpty();
            assertThat(engine.trackedFlows()).isEqualTo(1); // looked at, not ended
        }
    }

    @Test
    void shouldSayThatThePortChangesWhenAnotherFlowHasTheTupleTowardsTheEndpoint() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(64).build(),
                rule(Protocol.UDP, "10.0.170.92", 53).to(A),
                rule(Protocol.UDP, "10.0.170.93", 53).to(A))) {
            final NatWorker worker = engine.newWorker();
            assertThat(sendUdp(worker, "198.51.100.79", "10.0.170.92")).isEqualTo(Verdict.FORWARD);
            final Explanation told = engine.explain(
                    new ExplainRequest(
                            Protocol.UDP,
                            IpAddress.parse("198.51.100.80"),
                            40_000,
                            IpAddress.parse("10.0.170.93"),
                            53,
                            Optional.empty()),
                    0);
            assertThat(words(told, Kind.SOURCE)).contains("its source port is in use towards the endpoint");
        }
    }

    @Test
    void shouldRefuseAPacketOfTwoFamilies() {
        assertThatThrownBy(() -> from("10.0.0.1", "2001:db8::1", 80))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no packet has both");
    }
}
