package io.pointsman.plan;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Everything this node forwards, and how: flat, immutable, ready to be rendered. All Kubernetes policy is settled here;
 * a backend never sees an EndpointSlice.
 *
 * <p>Two successive plans share what did not change, so holding one costs as much as its difference to the last.
 *
 * @param version counts up with each plan of a resolver
 * @param rules by what the client dials; iterates in no order
 * @param pools every pool that a rule names
 * @param healthChecks in order of Service name
 */
public record ForwardingPlan(
        long version,
        Map<Frontend, Rule> rules,
        Map<PoolId, EndpointPool> pools,
        NodeFacts node,
        List<HealthCheck> healthChecks) {
    /** The version of the plan before the first: no rules. */
    public static final long EMPTY_VERSION = 0;

    public ForwardingPlan {
        Objects.requireNonNull(rules, "rules");
        Objects.requireNonNull(pools, "pools");
        Objects.requireNonNull(node, "node");
        healthChecks = List.copyOf(healthChecks);
    }

    /** The plan that forwards nothing. */
    public static ForwardingPlan empty(NodeFacts node) {
        return new ForwardingPlan(EMPTY_VERSION, Map.of(), Map.of(), node, List.of());
    }

    /** The plan of these rules, one for each frontend, and of the pools that they name. */
    public static ForwardingPlan of(
            long version, NodeFacts node, Collection<Rule> rules, List<HealthCheck> healthChecks) {
        final Map<Frontend, Rule> byFrontend = new HashMap<>();
        final Map<PoolId, EndpointPool> pools = new HashMap<>();
        for (Rule rule : rules) {
            byFrontend.put(rule.frontend(), rule);
            rule.pools().forEach(pool -> pools.put(pool.id(), pool));
        }
        return new ForwardingPlan(version, Map.copyOf(byFrontend), Map.copyOf(pools), node, healthChecks);
    }

    public Optional<Rule> rule(Frontend frontend) {
        return Optional.ofNullable(rules.get(frontend));
    }

    public Optional<EndpointPool> pool(PoolId id) {
        return Optional.ofNullable(pools.get(id));
    }
}
