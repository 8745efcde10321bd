package io.pointsman.bench.engine;

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
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Plans for benchmarks: cluster IPs with 4 endpoints each, clients recognised as pods by their range, source addresses
 * kept.
 */
final class BenchPlan {
    static final int ENDPOINTS = 4;

    private static final int ENDPOINT_NETWORK = 0x0AC8_0000; // 10.200.0.0
    private static final int ENDPOINT_PORT = 8080;

    private BenchPlan() {}

    private static final NodeFacts NODE = node(); // made once, so that rule changes do not pay for parsing text

    private static NodeFacts node() {
        final IpAddress address = IpAddress.parse("192.168.0.2");
        return NodeFacts.builder("bench")
                .addresses(Set.of(address))
                .podDetector(
                        new PodDetector.ByCidr(List.of(Cidr.parse("10.128.0.0/9"), Cidr.parse("fd00:10::a80:0/105"))))
                .nodePortAddresses(Set.of(address))
                .egress(List.of(new NodeFacts.Egress(Cidr.parse("0.0.0.0/0"), address)))
                .build();
    }

    /** Returns the rule of a service; two variants differ in the last number of their endpoints. */
    static Rule rule(Protocol protocol, int service, int variant) {
        return rule(IpFamily.IPV4, protocol, service, variant);
    }

    private static Rule rule(IpFamily family, Protocol protocol, int service, int variant) {
        final ServicePortName name =
                new ServicePortName(new ObjectName("bench", "service-" + service), "http", protocol);
        final EndpointPool cluster = pool(new PoolId(name, family, PoolId.Scope.CLUSTER), service, variant);
        return Rule.builder(
                        new Frontend(protocol, address(family, Packets.service(service)), Packets.SERVICE_PORT),
                        FrontendKind.CLUSTER_IP,
                        name)
                .fromLocalPod(new Action.Forward(cluster, false))
                .fromNode(new Action.Forward(cluster, true))
                .fromExternal(new Action.Forward(cluster, true))
                .serving(new EndpointPool(new PoolId(name, family, PoolId.Scope.SERVING), cluster.endpoints()))
                .build();
    }

    /** Returns an IPv4 address, or the IPv6 address with the same low 32 bits. */
    private static IpAddress address(IpFamily family, int ipv4) {
        return family == IpFamily.IPV4
                ? IpAddress.ofIpv4(ipv4)
                : IpAddress.ofIpv6(Packets.IPV6_PREFIX, ipv4 & 0xFFFF_FFFFL);
    }

    private static EndpointPool pool(PoolId id, int service, int variant) {
        final List<PoolEndpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < ENDPOINTS; i++) {
            final IpAddress address = address(id.family(), ENDPOINT_NETWORK + service * 2 * ENDPOINTS + variant + i);
            endpoints.add(new PoolEndpoint(address, ENDPOINT_PORT, 1, false));
        }
        return new EndpointPool(id, endpoints);
    }

    static ForwardingPlan of(long version, Map<Frontend, Rule> rules) {
        return new ForwardingPlan(version, rules, Map.of(), NODE, List.of());
    }

    static Map<Frontend, Rule> rules(Protocol protocol, int services) {
        return rules(IpFamily.IPV4, protocol, services);
    }

    static Map<Frontend, Rule> rules(IpFamily family, Protocol protocol, int services) {
        final Map<Frontend, Rule> rules = new HashMap<>();
        for (int i = 0; i < services; i++) {
            final Rule rule = rule(family, protocol, i, 0);
            rules.put(rule.frontend(), rule);
        }
        return rules;
    }

    /** Returns the delta from no plan to this one. */
    static PlanDelta wholeOf(ForwardingPlan plan) {
        return new PlanDelta(
                ForwardingPlan.EMPTY_VERSION,
                plan.version(),
                plan.rules().values().stream()
                        .map(rule -> new PlanDelta.RuleChange(rule.frontend(), null, rule))
                        .toList(),
                List.of(),
                Set.of(PlanDelta.Part.NODE_FACTS, PlanDelta.Part.HEALTH_CHECKS));
    }
}
