package io.pointsman.spi.userspace;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.ProxyHeader;
import io.pointsman.plan.Rule;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Plans for loopback: clients in 127.64.0.0/10 are pods, all others are the node. */
public final class TestPlans {
    static final Cidr PODS = Cidr.parse("127.64.0.0/10");

    private TestPlans() {}

    static NodeFacts node(IpAddress... nodePortAddresses) {
        return NodeFacts.builder("node-a")
                .addresses(Set.of(nodePortAddresses))
                .podDetector(new PodDetector.ByCidr(List.of(PODS)))
                .nodePortAddresses(Set.of(nodePortAddresses))
                .loopback(
                        Set.of(nodePortAddresses).contains(IpAddress.parse("127.0.0.1"))
                                ? Set.of(NodeFacts.Loopback.SERVES_NODE_PORTS)
                                : Set.of())
                .egress(List.of(
                        new NodeFacts.Egress(Cidr.parse("0.0.0.0/0"), IpAddress.parse("127.0.0.1")),
                        new NodeFacts.Egress(Cidr.parse("::/0"), IpAddress.parse("::1"))))
                .build();
    }

    public static ServicePortName owner(Frontend frontend) {
        return new ServicePortName(new ObjectName("test", "service-" + frontend.port()), "", frontend.protocol());
    }

    /** Creates a rule that forwards all origins to these endpoints. */
    public static Rule rule(Frontend frontend, InetSocketAddress... endpoints) {
        final EndpointPool pool = pool(frontend, PoolId.Scope.CLUSTER, endpoints);
        final Action action = pool.isEmpty() ? Action.REJECT : new Action.Forward(pool, true);
        return rule(frontend, action, action, action, pool(frontend, PoolId.Scope.SERVING, endpoints));
    }

    public static Rule rule(
            Frontend frontend, Action fromPod, Action fromNode, Action fromElsewhere, EndpointPool serving) {
        return Rule.builder(
                        frontend,
                        frontend.isNodePort() ? FrontendKind.NODE_PORT : FrontendKind.CLUSTER_IP,
                        owner(frontend))
                .fromLocalPod(fromPod)
                .fromNode(fromNode)
                .fromExternal(fromElsewhere)
                .balancing(Balancing.ROUND_ROBIN)
                .serving(serving)
                .build();
    }

    static Rule withAffinity(Rule rule, Duration timeout) {
        return rule.toBuilder().affinity(Optional.of(timeout)).build();
    }

    static Rule withProxyHeader(Rule rule, ProxyHeader header) {
        return rule.toBuilder().proxyHeader(Optional.of(header)).build();
    }

    static Rule withAllowedSources(Rule rule, Cidr... ranges) {
        return rule.toBuilder().allowedSources(List.of(ranges)).build();
    }

    static EndpointPool pool(Frontend frontend, PoolId.Scope scope, InetSocketAddress... endpoints) {
        return new EndpointPool(
                new PoolId(owner(frontend), frontend.family(), scope),
                Arrays.stream(endpoints)
                        .map(at -> new PoolEndpoint(IpAddress.of(at.getAddress()), at.getPort(), 1, true))
                        .sorted()
                        .toList());
    }

    static ForwardingPlan plan(long version, NodeFacts node, Rule... rules) {
        return ForwardingPlan.of(version, node, List.of(rules), List.of());
    }

    static Frontend tcp(String vip, int port) {
        return new Frontend(Protocol.TCP, IpAddress.parse(vip), port);
    }
}
