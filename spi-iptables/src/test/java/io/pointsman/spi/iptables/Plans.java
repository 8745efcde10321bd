package io.pointsman.spi.iptables;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.Restore;
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
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.iptables.render.FamilyRules;
import io.pointsman.spi.iptables.render.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Plans for tests. The node has 192.168.0.2 and 2001:db8::2; pods have 10.0.0.0/8 and fd00:10::/32. */
public final class Plans {
    static final List<Cidr> PODS = List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("fd00:10::/32"));

    private Plans() {}

    static ServicePortName owner(String name, Protocol protocol) {
        return new ServicePortName(new ObjectName("ns", name), "p", protocol);
    }

    public static NodeFacts node(String... nodePortAddresses) {
        return node(new PodDetector.ByCidr(PODS), Action.PASS, nodePortAddresses);
    }

    public static NodeFacts node(PodDetector pods, Action clusterIps, String... nodePortAddresses) {
        final Set<IpAddress> ports = new HashSet<>();
        Arrays.stream(nodePortAddresses).map(IpAddress::parse).forEach(ports::add);
        return NodeFacts.builder("here")
                .addresses(Set.of(IpAddress.parse("192.168.0.2"), IpAddress.parse("2001:db8::2")))
                .podDetector(pods)
                .nodePortAddresses(ports)
                .loopback(
                        ports.contains(IpAddress.parse("127.0.0.1"))
                                ? EnumSet.of(NodeFacts.Loopback.SERVES_NODE_PORTS, NodeFacts.Loopback.GUARDED)
                                : Set.of())
                .mode(ModeSemantics.of(clusterIps, ModeSemantics.Answer.OPENS_HEALTH_PORTS))
                .build();
    }

    static EndpointPool pool(ServicePortName owner, PoolId.Scope scope, IpFamily family, String... endpoints) {
        final List<PoolEndpoint> members = new ArrayList<>();
        for (String endpoint : endpoints) {
            // address,port,weight
            final String[] parts = endpoint.split(",", -1);
            members.add(new PoolEndpoint(
                    IpAddress.parse(parts[0]),
                    Integer.parseInt(parts[1]),
                    parts.length > 2 ? Integer.parseInt(parts[2]) : 1,
                    true));
        }
        members.sort(null);
        return new EndpointPool(new PoolId(owner, family, scope), members);
    }

    /** Builder of a rule. */
    static final class RuleBuilder {
        private final ServicePortName owner;
        private final Frontend frontend;
        private final FrontendKind kind;
        private Action pod = Action.PASS;
        private Action node = Action.PASS;
        private Action external = Action.PASS;
        private List<Cidr> sources = List.of();
        private @Nullable Duration affinity;
        private Balancing balancing = Balancing.RANDOM;

        private RuleBuilder(ServicePortName owner, Frontend frontend, FrontendKind kind) {
            this.owner = owner;
            this.frontend = frontend;
            this.kind = kind;
        }

        RuleBuilder actions(Action pod, Action node, Action external) {
            this.pod = pod;
            this.node = node;
            this.external = external;
            return this;
        }

        RuleBuilder all(Action action) {
            return actions(action, action, action);
        }

        RuleBuilder sources(String... ranges) {
            sources = Arrays.stream(ranges).map(Cidr::parse).toList();
            return this;
        }

        RuleBuilder affinity(long seconds) {
            affinity = Duration.ofSeconds(seconds);
            return this;
        }

        RuleBuilder balancing(Balancing value) {
            balancing = value;
            return this;
        }

        private EndpointPool serving() {
            final TreeSet<PoolEndpoint> endpoints = new TreeSet<>();
            for (Action action : List.of(pod, node, external)) {
                if (action instanceof Action.Forward forward) {
                    endpoints.addAll(forward.pool().endpoints());
                }
            }
            return new EndpointPool(new PoolId(owner, frontend.family(), PoolId.Scope.SERVING), List.copyOf(endpoints));
        }

        Rule build() {
            return Rule.builder(frontend, kind, owner)
                    .fromLocalPod(pod)
                    .fromNode(node)
                    .fromExternal(external)
                    .allowedSources(sources)
                    .affinity(Optional.ofNullable(affinity))
                    .balancing(balancing)
                    .serving(serving())
                    .build();
        }
    }

    static RuleBuilder clusterIp(ServicePortName owner, String vip, int port) {
        return vip(owner, FrontendKind.CLUSTER_IP, vip, port);
    }

    static RuleBuilder loadBalancer(ServicePortName owner, String vip, int port) {
        return vip(owner, FrontendKind.LOAD_BALANCER, vip, port);
    }

    static RuleBuilder vip(ServicePortName owner, FrontendKind kind, String vip, int port) {
        return new RuleBuilder(owner, new Frontend(owner.protocol(), IpAddress.parse(vip), port), kind);
    }

    static RuleBuilder nodePort(ServicePortName owner, IpFamily family, int port) {
        return new RuleBuilder(owner, Frontend.nodePort(owner.protocol(), family, port), FrontendKind.NODE_PORT);
    }

    static Action forward(EndpointPool pool) {
        return new Action.Forward(pool, false);
    }

    static Action masquerade(EndpointPool pool) {
        return new Action.Forward(pool, true);
    }

    /** Builds a rule under which pods keep their source and all others lose it. */
    static Rule usual(RuleBuilder rule, EndpointPool pool) {
        return rule.actions(forward(pool), masquerade(pool), masquerade(pool)).build();
    }

    static ForwardingPlan plan(long version, NodeFacts node, List<HealthCheck> healthChecks, List<Rule> rules) {
        return ForwardingPlan.of(version, node, rules, healthChecks);
    }

    static ForwardingPlan plan(long version, List<Rule> rules) {
        return plan(version, node("192.168.0.2", "2001:db8::2"), List.of(), rules);
    }

    static PlanDelta delta(@Nullable ForwardingPlan before, ForwardingPlan after) {
        return before == null ? PlanDelta.whole(after) : PlanDelta.between(before, after);
    }

    /** Renders rules for an empty kernel, as input for iptables-restore. */
    static String render(
            IpFamily family, NodeFacts node, List<HealthCheck> checks, List<Rule> rules, boolean comments) {
        final FamilyRules all = new FamilyRules(
                family, Flavour.NFT, IptablesSettings.DEFAULT.mark(), IptablesSettings.DEFAULT.ours(), true);
        all.node(node, checks, comments);
        rules.stream().filter(rule -> rule.frontend().family() == family).forEach(all::put);
        all.render();
        final Restore restore = Table.LAYOUT.restore();
        for (Table table : Table.values()) {
            restore.chains(table.word(), all.table(table).changes());
        }
        return restore.text();
    }
}
