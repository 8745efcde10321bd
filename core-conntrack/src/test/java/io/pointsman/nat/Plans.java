package io.pointsman.nat;

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
import io.pointsman.plan.HealthCheck;
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
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Plans for tests, in few words: node 10.240.0.4 with pods 10.180.0.0/16, and rules. */
public final class Plans {
    public static final IpAddress NODE = IpAddress.parse("10.240.0.4");
    public static final IpAddress NODE6 = IpAddress.parse("2001:db8:240::4");
    public static final IpAddress POD_GATEWAY = IpAddress.parse("10.180.1.1");

    public static final NodeFacts FACTS = NodeFacts.builder("6jst")
            .addresses(Set.of(NODE, NODE6, POD_GATEWAY))
            .podDetector(new PodDetector.ByCidr(List.of(Cidr.parse("10.180.0.0/16"), Cidr.parse("2001:db8:180::/48"))))
            .nodePortAddresses(Set.of(NODE, NODE6))
            .loopback(Set.of(NodeFacts.Loopback.GUARDED))
            .mode(ModeSemantics.of(Action.REJECT, ModeSemantics.Answer.OPENS_HEALTH_PORTS))
            .serviceRanges(List.of(Cidr.parse("10.0.0.0/16")))
            .egress(List.of(
                    new NodeFacts.Egress(Cidr.parse("0.0.0.0/0"), NODE),
                    new NodeFacts.Egress(Cidr.parse("10.180.1.0/24"), POD_GATEWAY),
                    new NodeFacts.Egress(Cidr.parse("::/0"), NODE6)))
            .build();

    private Plans() {}

    public static PoolEndpoint endpoint(String address, int port) {
        return weighted(address, port, 1);
    }

    public static PoolEndpoint weighted(String address, int port, int weight) {
        return new PoolEndpoint(IpAddress.parse(address), port, weight, true);
    }

    public static EndpointPool pool(String service, PoolEndpoint... endpoints) {
        final PoolEndpoint[] sorted = endpoints.clone();
        Arrays.sort(sorted);
        final ServicePortName owner = name(service, Protocol.TCP);
        return new EndpointPool(new PoolId(owner, sorted[0].address().family(), PoolId.Scope.CLUSTER), List.of(sorted));
    }

    public static ServicePortName name(String service, Protocol protocol) {
        return new ServicePortName(new ObjectName("default", service), "", protocol);
    }

    public static RuleSpec rule(Protocol protocol, String vip, int port) {
        return new RuleSpec(new Frontend(protocol, IpAddress.parse(vip), port), FrontendKind.CLUSTER_IP);
    }

    public static RuleSpec nodePort(Protocol protocol, int port) {
        return new RuleSpec(Frontend.nodePort(protocol, NODE.family(), port), FrontendKind.NODE_PORT);
    }

    public static ForwardingPlan plan(long version, Rule... rules) {
        final Map<Frontend, Rule> byFrontend = new HashMap<>();
        Arrays.stream(rules).forEach(rule -> byFrontend.put(rule.frontend(), rule));
        return new ForwardingPlan(
                version,
                byFrontend,
                Map.of(),
                FACTS,
                List.of(new HealthCheck(new ObjectName("default", "lb"), 32122, 1)));
    }

    public static void apply(NatEngine engine, ForwardingPlan before, ForwardingPlan after) {
        apply(engine::apply, before, after);
    }

    /** Applies a plan with the delta from the one before. */
    public static void apply(BiConsumer<ForwardingPlan, PlanDelta> to, ForwardingPlan before, ForwardingPlan after) {
        final List<PlanDelta.RuleChange> changes = new ArrayList<>();
        before.rules().forEach((frontend, rule) -> {
            final Rule next = after.rules().get(frontend);
            if (!rule.equals(next)) {
                changes.add(new PlanDelta.RuleChange(frontend, rule, next));
            }
        });
        after.rules().forEach((frontend, rule) -> {
            if (!before.rules().containsKey(frontend)) {
                changes.add(new PlanDelta.RuleChange(frontend, null, rule));
            }
        });
        to.accept(
                after,
                new PlanDelta(
                        before.version(),
                        after.version(),
                        changes,
                        List.of(),
                        before.node().equals(after.node())
                                ? Set.of(PlanDelta.Part.HEALTH_CHECKS)
                                : EnumSet.allOf(PlanDelta.Part.class)));
    }

    /** Joins two plans: their rules, on a node with both plans' addresses. */
    public static ForwardingPlan joined(long version, ForwardingPlan one, ForwardingPlan other) {
        final Map<Frontend, Rule> rules = new HashMap<>(one.rules());
        rules.putAll(other.rules());
        final Map<PoolId, EndpointPool> pools = new HashMap<>(one.pools());
        pools.putAll(other.pools());
        final NodeFacts node = one.node();
        final NodeFacts facts = node.toBuilder()
                .addresses(union(node.addresses(), other.node().addresses()))
                .nodePortAddresses(union(node.nodePortAddresses(), other.node().nodePortAddresses()))
                .serviceRanges(Stream.concat(node.serviceRanges().stream(), other.node().serviceRanges().stream())
                        .toList())
                .egress(Stream.concat(node.egress().stream(), other.node().egress().stream())
                        .toList())
                .build();
        return new ForwardingPlan(version, rules, pools, facts, one.healthChecks());
    }

    private static <T> Set<T> union(Set<T> one, Set<T> other) {
        return Stream.concat(one.stream(), other.stream()).collect(Collectors.toUnmodifiableSet());
    }

    /** Creates an engine with these rules in force. */
    public static NatEngine engine(EngineConfig config, Rule... rules) {
        final NatEngine engine = NatEngine.create(config);
        apply(engine, ForwardingPlan.empty(FACTS), plan(1, rules));
        return engine;
    }

    /** Builder of a rule. */
    public static final class RuleSpec {
        private final Frontend frontend;
        private FrontendKind kind;
        private String service = "web";
        private List<Cidr> allowed = List.of();
        private Optional<Duration> affinity = Optional.empty();
        private Balancing balancing = Balancing.RANDOM;
        private List<PoolEndpoint> leaving = List.of();

        public RuleSpec(Frontend frontend, FrontendKind kind) {
            this.frontend = frontend;
            this.kind = kind;
        }

        public RuleSpec kind(FrontendKind value) {
            kind = value;
            return this;
        }

        public RuleSpec service(String value) {
            service = value;
            return this;
        }

        RuleSpec allow(String range) {
            allowed = List.of(Cidr.parse(range));
            return this;
        }

        public RuleSpec affinity(Duration timeout) {
            affinity = Optional.of(timeout);
            return this;
        }

        RuleSpec balancing(Balancing value) {
            balancing = value;
            return this;
        }

        /** Sets endpoints that are in no pool any more but still serve: terminating ones. */
        public RuleSpec leaving(PoolEndpoint... endpoints) {
            leaving = List.of(endpoints);
            return this;
        }

        /** Makes the rule that a cluster IP usually has: only external clients and the node are masqueraded. */
        public Rule to(PoolEndpoint... endpoints) {
            final EndpointPool pool = pool(service, endpoints);
            return does(
                    new Action.Forward(pool, false), new Action.Forward(pool, false), new Action.Forward(pool, true));
        }

        public Rule does(Action pods, Action node, Action outside) {
            return Rule.builder(frontend, kind, name(service, frontend.protocol()))
                    .fromLocalPod(pods)
                    .fromNode(node)
                    .fromExternal(outside)
                    .allowedSources(allowed)
                    .affinity(affinity)
                    .balancing(balancing)
                    .serving(new EndpointPool(
                            new PoolId(name(service, Protocol.TCP), frontend.family(), PoolId.Scope.SERVING),
                            serving(pods, node, outside)))
                    .build();
        }

        private List<PoolEndpoint> serving(Action... actions) {
            final TreeSet<PoolEndpoint> serving = new TreeSet<>(leaving);
            for (Action action : actions) {
                if (action instanceof Action.Forward forward) {
                    serving.addAll(forward.pool().endpoints());
                }
            }
            return List.copyOf(serving);
        }
    }
}
