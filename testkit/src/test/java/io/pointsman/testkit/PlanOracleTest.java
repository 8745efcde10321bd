package io.pointsman.testkit;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.testkit.Outcome.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlanOracleTest {
    private static final ServicePortName WEB = new ServicePortName(new ObjectName("ns", "web"), "http", Protocol.TCP);
    private static final Frontend FRONTEND = new Frontend(Protocol.TCP, IpAddress.parse("172.30.0.1"), 80);

    private static PoolEndpoint endpoint(String address, int weight) {
        return new PoolEndpoint(IpAddress.parse(address), 8080, weight, false);
    }

    private static ForwardingPlan plan(Action pod, Action node, Action external, boolean guardsLoopback) {
        final EndpointPool serving = new EndpointPool(new PoolId(WEB, IpFamily.IPV4, PoolId.Scope.SERVING), List.of());
        final Rule rule = Rule.builder(FRONTEND, FrontendKind.CLUSTER_IP, WEB)
                .fromLocalPod(pod)
                .fromNode(node)
                .fromExternal(external)
                .serving(serving)
                .build();
        final NodeFacts facts = NodeFacts.builder("here")
                .addresses(Set.of(IpAddress.parse("192.168.0.2")))
                .podDetector(new PodDetector.ByInterface("cni", true))
                .loopback(guardsLoopback ? Set.of(NodeFacts.Loopback.GUARDED) : Set.of())
                .mode(ModeSemantics.of(Action.REJECT))
                .build();
        return new ForwardingPlan(1, Map.of(FRONTEND, rule), Map.of(serving.id(), serving), facts, List.of());
    }

    private static Outcome decide(ForwardingPlan plan, String from, String to, int port, Optional<String> input) {
        return new PlanOracle(plan)
                .decide(new FirstPacket(Protocol.TCP, IpAddress.parse(from), IpAddress.parse(to), port, input));
    }

    @Test
    void shouldTakeTheActionOfTheOrigin() {
        final ForwardingPlan plan = plan(Action.PASS, Action.DROP, Action.REJECT, false);

        assertThat(decide(plan, "10.0.0.9", "172.30.0.1", 80, Optional.of("cni0"))
                        .verdict())
                .isEqualTo(Verdict.NONE);
        assertThat(decide(plan, "192.168.0.2", "172.30.0.1", 80, Optional.empty())
                        .verdict())
                .isEqualTo(Verdict.DROP);
        assertThat(decide(plan, "10.0.0.9", "172.30.0.1", 80, Optional.of("eth0"))
                        .verdict())
                .isEqualTo(Verdict.REJECT);
    }

    @Test
    void shouldMasqueradeJustTheHairpinWhenAnEndpointCallsItsOwnService() {
        final EndpointPool pool = new EndpointPool(
                new PoolId(WEB, IpFamily.IPV4, PoolId.Scope.CLUSTER),
                List.of(endpoint("10.0.0.1", 1), endpoint("10.0.0.2", 1)));
        final Action forward = new Action.Forward(pool, false);

        final Outcome outcome =
                decide(plan(forward, forward, forward, false), "10.0.0.1", "172.30.0.1", 80, Optional.of("cni0"));

        assertThat(outcome.endpoints())
                .containsOnly(Map.entry(endpoint("10.0.0.1", 1), true), Map.entry(endpoint("10.0.0.2", 1), false));
        assertThat(outcome.mayMasquerade()).isTrue();
    }

    @Test
    void shouldLeaveOutEndpointsWhenTheyWeighNothing() {
        final EndpointPool pool = new EndpointPool(
                new PoolId(WEB, IpFamily.IPV4, PoolId.Scope.CLUSTER),
                List.of(endpoint("10.0.0.1", 0), endpoint("10.0.0.2", 3)));
        final Action forward = new Action.Forward(pool, true);

        assertThat(decide(plan(forward, forward, forward, false), "10.0.0.9", "172.30.0.1", 80, Optional.empty())
                        .endpoints())
                .containsOnlyKeys(endpoint("10.0.0.2", 3));
    }

    @Test
    void shouldAnswerForTheWholeAddressWhenItIsAClustersAndThePortIsNobodys() {
        final ForwardingPlan plan = plan(Action.PASS, Action.PASS, Action.PASS, false);

        assertThat(decide(plan, "10.0.0.9", "172.30.0.1", 81, Optional.empty()).verdict())
                .isEqualTo(Verdict.REJECT);
        assertThat(decide(plan, "10.0.0.9", "172.30.0.2", 80, Optional.empty()).verdict())
                .isEqualTo(Verdict.NONE);
    }

    @Test
    void shouldDropForeignPacketsToLoopbackWhenGuarded() {
        final ForwardingPlan guarded = plan(Action.PASS, Action.PASS, Action.PASS, true);

        assertThat(decide(guarded, "10.0.0.9", "127.0.0.1", 80, Optional.of("eth0"))
                        .verdict())
                .isEqualTo(Verdict.DROP);
        assertThat(decide(guarded, "127.0.0.1", "127.0.0.1", 80, Optional.empty())
                        .verdict())
                .isEqualTo(Verdict.NONE);
    }
}
