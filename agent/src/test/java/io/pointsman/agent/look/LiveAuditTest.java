package io.pointsman.agent.look;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.health.TestClock;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowRecord.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections while plans change. */
class LiveAuditTest {
    private static final IpAddress NODE = IpAddress.parse("192.0.2.7");
    private static final IpAddress CLIENT = IpAddress.parse("198.51.100.9");
    private static final IpAddress VIP = IpAddress.parse("10.96.0.1");
    private static final ServicePortName WEB =
            new ServicePortName(new ObjectName("default", "web"), "http", Protocol.TCP);
    private static final Duration SETTLED = Duration.ofMillis(500);

    private final TestClock clock = new TestClock();
    private final List<String> wrongs = new ArrayList<>();
    private final LiveAudit audit = new LiveAudit(
            plan(1), 1, (flow, decision) -> wrongs.add(flow.reply() + ": " + decision.outcome()), clock::nanoTime);

    @AfterEach
    void end() {
        audit.close();
    }

    /** Returns a plan with one endpoint, 10.244.0.NUMBER; external clients are masqueraded. */
    private static ForwardingPlan plan(int number) {
        final List<PoolEndpoint> endpoints = List.of(new PoolEndpoint(endpoint(number), 8080, 1, false));
        final EndpointPool cluster = new EndpointPool(new PoolId(WEB, IpFamily.IPV4, PoolId.Scope.CLUSTER), endpoints);
        final Rule rule = Rule.builder(new Frontend(Protocol.TCP, VIP, 80), FrontendKind.CLUSTER_IP, WEB)
                .fromLocalPod(new Action.Forward(cluster, false))
                .fromNode(new Action.Forward(cluster, true))
                .fromExternal(new Action.Forward(cluster, true))
                .serving(new EndpointPool(new PoolId(WEB, IpFamily.IPV4, PoolId.Scope.SERVING), endpoints))
                .build();
        return new ForwardingPlan(
                number,
                Map.of(rule.frontend(), rule),
                Map.of(),
                NodeFacts.builder("here")
                        .addresses(Set.of(NODE))
                        .egress(List.of(new NodeFacts.Egress(Cidr.parse("0.0.0.0/0"), NODE)))
                        .build(),
                List.of());
    }

    private static IpAddress endpoint(int number) {
        return IpAddress.parse("10.244.0." + number);
    }

    private static FlowRecord to(int endpoint, IpAddress seen) {
        return new FlowRecord(
                new Tuple(Protocol.TCP, CLIENT, 40_000, VIP, 80),
                new Tuple(Protocol.TCP, endpoint(endpoint), 8080, seen, 40_000),
                Optional.of(WEB),
                "SYN_SENT",
                0,
                0,
                0,
                0,
                Optional.empty());
    }

    private void settle() {
        clock.advance(SETTLED);
        audit.settle();
    }

    @Test
    void shouldTakeWhatTheEngineMightHaveDone() {
        audit.look(to(1, NODE));
        settle();
        assertThat(audit.right()).isEqualTo(1);
        assertThat(wrongs).isEmpty();
    }

    @Test
    void shouldNoticeAnotherEndpointAndAnotherSource() {
        audit.look(to(2, NODE));
        audit.look(to(1, CLIENT));
        assertThat(audit.inDoubt()).isEqualTo(2);
        settle();
        assertThat(audit.wrong()).isEqualTo(2);
        assertThat(wrongs)
                .containsExactly(
                        "TCP 10.244.0.2:8080 -> 192.0.2.7:40000: TCP 198.51.100.9:40000 -> 10.96.0.1:80 is forwarded to"
                                + " 10.244.0.1:8080, source becomes 192.0.2.7 (masquerade)",
                        "TCP 10.244.0.1:8080 -> 198.51.100.9:40000: TCP 198.51.100.9:40000 -> 10.96.0.1:80 is forwarded to"
                                + " 10.244.0.1:8080, source becomes 192.0.2.7 (masquerade)");
    }

    @Test
    void shouldGoByThePlanThatIsToldLaterAndByTheOneBefore() {
        audit.look(to(2, NODE)); // by a plan that is in the kernel, but not announced yet
        audit.inForce(plan(2), 2);
        settle();
        audit.look(to(1, NODE)); // made before the change, reported after it
        settle();
        assertThat(audit.right()).isEqualTo(2);

        clock.advance(Duration.ofSeconds(5));
        audit.settle();
        audit.look(to(1, NODE));
        settle();
        assertThat(audit.wrong()).as("the plan before is long gone").isEqualTo(1);

        audit.inForce(plan(3), 3);
        audit.look(to(2, NODE));
        audit.look(to(3, NODE));
        assertThat(audit.right()).as("of each of the two").isEqualTo(4);
        audit.look(to(1, NODE));
        settle();
        assertThat(audit.wrong()).isEqualTo(2);
    }

    @Test
    void shouldBeUnsureWhereAPlanBetweenMayHaveHadItSo() {
        audit.look(to(2, NODE));
        audit.inForce(plan(4), 4);
        settle();
        assertThat(audit.unsure()).isEqualTo(1);
        assertThat(audit.wrong()).isZero();
    }

    @Test
    void shouldDoubtNoMoreThanItCanHold() {
        for (int i = 0; i < 1500; i++) {
            audit.look(to(2, NODE));
        }
        settle();
        assertThat(audit.wrong()).isEqualTo(1000);
        assertThat(audit.unsure()).isEqualTo(500);
    }
}
