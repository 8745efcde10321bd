package io.pointsman.linux.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
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
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PlanFlowsTest {
    private static final IpAddress NODE = IpAddress.parse("192.168.0.2");
    private static final IpAddress VIP = IpAddress.parse("10.96.0.10");
    private static final ServicePortName OWNER =
            new ServicePortName(new ObjectName("default", "dns"), "", Protocol.UDP);

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    private static Rule rule(Frontend frontend, String endpoint) {
        final EndpointPool pool = new EndpointPool(
                new PoolId(OWNER, IpFamily.IPV4, PoolId.Scope.CLUSTER),
                List.of(new PoolEndpoint(IpAddress.parse(endpoint), 5353, 1, true)));
        final Action forward = new Action.Forward(pool, false);
        return Rule.builder(frontend, frontend.isNodePort() ? FrontendKind.NODE_PORT : FrontendKind.CLUSTER_IP, OWNER)
                .fromEverywhere(forward)
                .serving(new EndpointPool(new PoolId(OWNER, IpFamily.IPV4, PoolId.Scope.SERVING), pool.endpoints()))
                .build();
    }

    private static ForwardingPlan plan(Rule... rules) {
        final NodeFacts node = NodeFacts.builder("node")
                .addresses(Set.of(NODE))
                .nodePortAddresses(Set.of(NODE))
                .mode(ModeSemantics.of(Action.REJECT, ModeSemantics.Answer.OPENS_HEALTH_PORTS))
                .egress(List.of(new NodeFacts.Egress(Cidr.parse("0.0.0.0/0"), NODE)))
                .build();
        return ForwardingPlan.of(1, node, List.of(rules), List.of());
    }

    private static ConntrackTuple udp(IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {
        return new ConntrackTuple(ConntrackTuple.UDP, source, sourcePort, destination, destinationPort);
    }

    /** Creates an entry as if a client had sent from this port, and the endpoint had replied. */
    private static void create(ConntrackNetlink kernel, int client, IpAddress to, int port, String endpoint)
            throws IOException {
        final IpAddress from = IpAddress.parse("203.0.113.7");
        kernel.create(udp(from, client, to, port), udp(IpAddress.parse(endpoint), 5353, from, client), 100);
    }

    private static Set<Integer> clients(ConntrackNetlink kernel) throws IOException {
        final Set<Integer> ports = new HashSet<>();
        kernel.list(IpFamily.IPV4).forEach(entry -> ports.add(entry.original().sourcePort()));
        return ports;
    }

    private static final Frontend DNS = new Frontend(Protocol.UDP, VIP, 53);
    private static final Frontend NODE_PORT = Frontend.nodePort(Protocol.UDP, IpFamily.IPV4, 30053);

    @Test
    void shouldTellFlowsOfThePlanAndNoOthers() throws IOException {
        final NetworkNamespace place = namespaces.create();
        try (ConntrackNetlink kernel = place.call(ConntrackNetlink::open)) {
            create(kernel, 1, VIP, 53, "10.180.0.1");
            create(kernel, 2, NODE, 30053, "10.180.0.1");
            create(kernel, 3, VIP, 54, "10.180.0.1"); // no such frontend
            create(kernel, 4, IpAddress.parse("192.0.2.1"), 30053, "10.180.0.1"); // not the node's address
            final ForwardingPlan plan = plan(rule(DNS, "10.180.0.1"), rule(NODE_PORT, "10.180.0.1"));

            final List<FlowRecord> flows = flows(place, plan, _ -> true);

            assertThat(flows).extracting(flow -> flow.original().sourcePort()).containsExactlyInAnyOrder(1, 2);
            assertThat(flows).allSatisfy(flow -> {
                assertThat(flow.owner()).contains(OWNER);
                assertThat(flow.reply().source()).isEqualTo(IpAddress.parse("10.180.0.1"));
                assertThat(flow.state()).isEqualTo("REPLIED");
            });
            assertThat(flows(place, plan, _ -> false)).isEmpty();
        }
    }

    private static List<FlowRecord> flows(
            NetworkNamespace place, ForwardingPlan plan, Predicate<ConntrackEntry> isTranslated) throws IOException {
        try (Stream<FlowRecord> flows = PlanFlows.stream(place.call(ConntrackDump::open), plan, isTranslated)) {
            return flows.toList();
        }
    }

    @Test
    void shouldRemoveWhatIsStaleAmongFrontendsThatAreConcerned() throws IOException {
        try (ConntrackNetlink kernel = namespaces.create().call(ConntrackNetlink::open)) {
            create(kernel, 1, VIP, 53, "10.180.0.1"); // still served
            create(kernel, 2, VIP, 53, "10.180.0.9"); // its endpoint has left
            create(kernel, 3, NODE, 30053, "10.180.0.9");
            create(kernel, 4, VIP, 54, "10.180.0.9"); // its rule is gone
            final ForwardingPlan plan = plan(rule(DNS, "10.180.0.1"), rule(NODE_PORT, "10.180.0.1"));
            final PlanFlows.Staleness unserved =
                    (entry, rule) -> rule.isEmpty() || !PlanFlows.isServed(entry, rule.get());

            assertThat(PlanFlows.removeStale(kernel, plan, Set.of(), unserved)).isZero();
            assertThat(PlanFlows.removeStale(kernel, plan, Set.of(DNS), unserved))
                    .isEqualTo(1);
            assertThat(clients(kernel)).containsExactlyInAnyOrder(1, 3, 4);

            final Set<Frontend> more = Set.of(NODE_PORT, new Frontend(Protocol.UDP, VIP, 54));
            assertThat(PlanFlows.removeStale(kernel, plan, more, unserved)).isEqualTo(2);
            assertThat(clients(kernel)).containsExactly(1);
        }
    }
}
