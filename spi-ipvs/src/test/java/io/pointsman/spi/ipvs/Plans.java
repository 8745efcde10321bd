package io.pointsman.spi.ipvs;

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
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rules and plans for tests. */
public final class Plans {
    public static final IpAddress NODE = IpAddress.parse("192.168.0.2");
    static final IpAddress VIP = IpAddress.parse("10.96.0.10");

    private Plans() {}

    public static ServicePortName owner(String name, Protocol protocol) {
        return new ServicePortName(new ObjectName("ns", name), "p", protocol);
    }

    public static NodeFacts node(String... nodePortAddresses) {
        final Set<IpAddress> ports = new HashSet<>();
        Arrays.stream(nodePortAddresses).map(IpAddress::parse).forEach(ports::add);
        return NodeFacts.builder("here")
                .addresses(Set.of(NODE, IpAddress.parse("2001:db8::2")))
                .podDetector(
                        new PodDetector.ByCidr(List.of(Cidr.parse("10.180.0.0/16"), Cidr.parse("fd00:10:180::/48"))))
                .nodePortAddresses(ports)
                .loopback(
                        ports.contains(IpAddress.parse("127.0.0.1"))
                                ? Set.of(NodeFacts.Loopback.SERVES_NODE_PORTS)
                                : Set.of())
                .mode(ModeSemantics.of(Action.REJECT, ModeSemantics.Answer.OPENS_HEALTH_PORTS))
                .egress(List.of(new NodeFacts.Egress(Cidr.parse("0.0.0.0/0"), NODE)))
                .build();
    }

    /** Creates a pool of endpoints written as {@code address,port} or {@code address,port,weight}. */
    public static EndpointPool pool(ServicePortName owner, PoolId.Scope scope, String... endpoints) {
        final List<PoolEndpoint> members = new ArrayList<>();
        for (String endpoint : endpoints) {
            final String[] parts = endpoint.split(",", -1);
            members.add(new PoolEndpoint(
                    IpAddress.parse(parts[0]),
                    Integer.parseInt(parts[1]),
                    parts.length > 2 ? Integer.parseInt(parts[2]) : 1,
                    true));
        }
        members.sort(null);
        final IpFamily family =
                members.isEmpty() ? IpFamily.IPV4 : members.getFirst().address().family();
        return new EndpointPool(new PoolId(owner, family, scope), members);
    }

    /** Builder of a rule; by default a ClusterIP for all origins. */
    public static final class RuleBuilder {
        private final Frontend frontend;
        private final ServicePortName owner;
        private FrontendKind kind;
        private Action pod;
        private Action node;
        private Action external;
        private List<Cidr> sources = List.of();
        private Optional<Duration> affinity = Optional.empty();
        private Balancing balancing = Balancing.RANDOM;
        private EndpointPool serving;

        private RuleBuilder(Frontend frontend, ServicePortName owner, EndpointPool pool) {
            this.frontend = frontend;
            this.owner = owner;
            this.kind = frontend.isNodePort() ? FrontendKind.NODE_PORT : FrontendKind.CLUSTER_IP;
            this.pod = pool.isEmpty() ? Action.REJECT : new Action.Forward(pool, false);
            this.node = pool.isEmpty() ? Action.REJECT : new Action.Forward(pool, true);
            this.external = node;
            this.serving =
                    new EndpointPool(new PoolId(owner, frontend.family(), PoolId.Scope.SERVING), pool.endpoints());
        }

        public RuleBuilder kind(FrontendKind value) {
            kind = value;
            return this;
        }

        public RuleBuilder external(Action value) {
            external = value;
            return this;
        }

        public RuleBuilder everybody(Action value) {
            pod = value;
            node = value;
            external = value;
            return this;
        }

        public RuleBuilder sources(String... ranges) {
            sources = Arrays.stream(ranges).map(Cidr::parse).toList();
            return this;
        }

        public RuleBuilder affinity(Duration timeout) {
            affinity = Optional.of(timeout);
            return this;
        }

        RuleBuilder balancing(Balancing value) {
            balancing = value;
            return this;
        }

        public RuleBuilder serving(EndpointPool pool) {
            serving = pool;
            return this;
        }

        public Rule build() {
            return Rule.builder(frontend, kind, owner)
                    .fromLocalPod(pod)
                    .fromNode(node)
                    .fromExternal(external)
                    .allowedSources(sources)
                    .affinity(affinity)
                    .balancing(balancing)
                    .serving(serving)
                    .build();
        }
    }

    public static RuleBuilder rule(String name, Protocol protocol, String vip, int port, String... endpoints) {
        final ServicePortName owner = owner(name, protocol);
        return new RuleBuilder(
                new Frontend(protocol, IpAddress.parse(vip), port),
                owner,
                pool(owner, PoolId.Scope.CLUSTER, endpoints));
    }

    /** Builder of a rule for port 80 of {@link #VIP}. */
    static RuleBuilder web(String... endpoints) {
        return rule("web", Protocol.TCP, VIP.toString(), 80, endpoints);
    }

    static ForwardingPlan plan(long version, Rule... rules) {
        return plan(version, node(NODE.toString()), List.of(rules));
    }

    static ForwardingPlan plan(long version, NodeFacts node, List<Rule> rules) {
        return ForwardingPlan.of(version, node, rules, List.of());
    }

    static PlanDelta delta(@Nullable ForwardingPlan before, ForwardingPlan after) {
        return before == null ? PlanDelta.whole(after) : PlanDelta.between(before, after);
    }
}
