package io.pointsman.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Holds the current plan and advances it, touching only what changed. Not thread-safe. */
final class PlanAssembler {
    private final Map<PoolId, Integer> poolUses = new HashMap<>();
    private TrieMap<Frontend, Rule> rules = TrieMap.empty();
    private TrieMap<PoolId, EndpointPool> pools = TrieMap.empty();
    private @Nullable ForwardingPlan current;

    /** A plan and its difference from the one before. */
    record Step(ForwardingPlan plan, PlanDelta delta) {}

    /**
     * Returns the next plan, or the current one if nothing changed.
     *
     * @param touched frontends whose rule may have changed, in order, without duplicates
     * @param claims gives the rule in force for a frontend
     */
    Step advance(Collection<Frontend> touched, FrontendClaims claims, NodeFacts node, List<HealthCheck> healthChecks) {
        final List<PlanDelta.RuleChange> ruleChanges = new ArrayList<>();
        for (Frontend frontend : touched) {
            final Rule before = rules.get(frontend);
            final Rule after = claims.winner(frontend);
            if (!Objects.equals(before, after)) {
                ruleChanges.add(new PlanDelta.RuleChange(frontend, before, after));
            }
        }
        final Map<Frontend, @Nullable Rule> newRules = new HashMap<>();
        ruleChanges.forEach(change -> newRules.put(change.frontend(), change.after()));
        rules = rules.withAll(newRules);
        final List<PlanDelta.PoolChange> poolChanges = changePools(ruleChanges);
        final ForwardingPlan previous = current;
        final Set<PlanDelta.Part> parts = changedParts(previous, node, healthChecks);
        final long fromVersion = previous == null ? ForwardingPlan.EMPTY_VERSION : previous.version();
        if (previous != null && ruleChanges.isEmpty() && parts.isEmpty()) {
            return new Step(previous, new PlanDelta(fromVersion, fromVersion, List.of(), List.of(), parts));
        }
        final ForwardingPlan next = new ForwardingPlan(fromVersion + 1, rules, pools, node, healthChecks);
        current = next;
        return new Step(next, new PlanDelta(fromVersion, next.version(), ruleChanges, poolChanges, parts));
    }

    private static Set<PlanDelta.Part> changedParts(
            @Nullable ForwardingPlan previous, NodeFacts node, List<HealthCheck> healthChecks) {
        final Set<PlanDelta.Part> parts = EnumSet.noneOf(PlanDelta.Part.class);
        if (previous == null || !previous.node().equals(node)) {
            parts.add(PlanDelta.Part.NODE_FACTS);
        }
        if (!healthChecks.equals(previous == null ? List.of() : previous.healthChecks())) {
            parts.add(PlanDelta.Part.HEALTH_CHECKS);
        }
        return parts;
    }

    /**
     * Adds and removes pools. A pool is in the plan while a rule names it; its content changes only with all those rules.
     * Returns the changes in the order in which rules name the pools.
     */
    private List<PlanDelta.PoolChange> changePools(List<PlanDelta.RuleChange> ruleChanges) {
        final Map<PoolId, EndpointPool> concerned = new LinkedHashMap<>();
        for (PlanDelta.RuleChange change : ruleChanges) {
            if (change.before() != null) {
                for (EndpointPool pool : change.before().pools()) {
                    concerned.putIfAbsent(pool.id(), pool);
                    poolUses.merge(pool.id(), -1, Integer::sum);
                }
            }
        }
        for (PlanDelta.RuleChange change : ruleChanges) {
            if (change.after() != null) {
                for (EndpointPool pool : change.after().pools()) {
                    concerned.put(pool.id(), pool);
                    poolUses.merge(pool.id(), 1, Integer::sum);
                }
            }
        }
        final List<PlanDelta.PoolChange> changes = new ArrayList<>();
        final Map<PoolId, @Nullable EndpointPool> newPools = new HashMap<>();
        concerned.forEach((id, content) -> {
            final boolean isUsed = poolUses.getOrDefault(id, 0) > 0;
            if (!isUsed) {
                poolUses.remove(id);
            }
            final EndpointPool before = pools.get(id);
            final EndpointPool after = isUsed ? content : null;
            if (!Objects.equals(before, after)) {
                changes.add(new PlanDelta.PoolChange(id, before, after));
                newPools.put(id, after);
            }
        });
        pools = pools.withAll(newPools);
        return changes;
    }
}
