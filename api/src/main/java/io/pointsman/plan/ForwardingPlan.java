package io.pointsman.plan;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * All forwarding rules of this node: flat, immutable, ready to be rendered. All Kubernetes policy is already applied; a
 * backend never sees an EndpointSlice.
 *
 * <p>Successive plans share what did not change, so keeping the previous plan costs no more than the difference.
 *
 * @param version increases with each plan of a resolver
 * @param rules rules by frontend; iterates in no particular order
 * @param pools all pools that rules name
 * @param healthChecks health checks in order of Service name
 */
public record ForwardingPlan(
        long version,
        Map<Frontend, Rule> rules,
        Map<PoolId, EndpointPool> pools,
        NodeFacts node,
        List<HealthCheck> healthChecks) {
    /** Version of the empty plan before the first one. */
    public static final long EMPTY_VERSION = 0;

    public ForwardingPlan {
        Objects.requireNonNull(rules, "rules");
        Objects.requireNonNull(pools, "pools");
        Objects.requireNonNull(node, "node");
        healthChecks = List.copyOf(healthChecks);
    }

    /** Creates a plan without rules. */
    public static ForwardingPlan empty(NodeFacts node) {
        return new ForwardingPlan(EMPTY_VERSION, Map.of(), Map.of(), node, List.of());
    }

    /** Creates a plan of these rules, one for each frontend, and of the pools that they name. */
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
