package io.pointsman.plan;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What changed from one plan to the next, by frontend and pool: all a backend has to touch. A rule whose pool changed is
 * listed too, for a pool is part of a rule's value.
 *
 * @param fromVersion the plan it starts from, {@link ForwardingPlan#EMPTY_VERSION} for everything
 * @param parts what else of the plan differs
 */
public record PlanDelta(
        long fromVersion, long toVersion, List<RuleChange> rules, List<PoolChange> pools, Set<Part> parts) {
    /** A part of a plan that is compared as a whole. */
    public enum Part {
        NODE_FACTS,
        HEALTH_CHECKS
    }

    /** A rule that came (no before), went (no after) or changed (both). */
    public record RuleChange(
            Frontend frontend,
            @Nullable Rule before,
            @Nullable Rule after) {
        public RuleChange {
            Objects.requireNonNull(frontend, "frontend");
            if (Objects.equals(before, after)) {
                throw new IllegalArgumentException("the rule for " + frontend + " did not change");
            }
        }
    }

    /** A pool that came (no before), went (no after) or changed (both). */
    public record PoolChange(
            PoolId id,
            @Nullable EndpointPool before,
            @Nullable EndpointPool after) {
        public PoolChange {
            Objects.requireNonNull(id, "id");
            if (Objects.equals(before, after)) {
                throw new IllegalArgumentException("pool " + id + " did not change");
            }
        }
    }

    public PlanDelta {
        rules = List.copyOf(rules);
        pools = List.copyOf(pools);
        parts = Set.copyOf(parts);
    }

    /** Whether the node facts differ. */
    public boolean nodeChanged() {
        return parts.contains(Part.NODE_FACTS);
    }

    /** Whether the health checks differ. */
    public boolean healthChanged() {
        return parts.contains(Part.HEALTH_CHECKS);
    }

    /**
     * What leads from any plan to any other, not only to the next: for when a backend is not at the plan that the resolver's
     * delta starts from. Takes time in proportion to both; changes come in order of frontend and pool.
     */
    public static PlanDelta between(ForwardingPlan before, ForwardingPlan after) {
        final List<RuleChange> rules = new ArrayList<>();
        for (Frontend frontend : keys(before.rules(), after.rules())) {
            final Rule old = before.rules().get(frontend);
            final Rule now = after.rules().get(frontend);
            if (!Objects.equals(old, now)) {
                rules.add(new RuleChange(frontend, old, now));
            }
        }
        final List<PoolChange> pools = new ArrayList<>();
        for (PoolId id : keys(before.pools(), after.pools())) {
            final EndpointPool old = before.pools().get(id);
            final EndpointPool now = after.pools().get(id);
            if (!Objects.equals(old, now)) {
                pools.add(new PoolChange(id, old, now));
            }
        }
        final Set<Part> parts = EnumSet.noneOf(Part.class);
        if (!before.node().equals(after.node())) {
            parts.add(Part.NODE_FACTS);
        }
        if (!before.healthChecks().equals(after.healthChecks())) {
            parts.add(Part.HEALTH_CHECKS);
        }
        return new PlanDelta(before.version(), after.version(), rules, pools, parts);
    }

    /** The whole plan as news, for a backend that has applied none or can't be trusted to have. */
    public static PlanDelta whole(ForwardingPlan plan) {
        final PlanDelta all = between(ForwardingPlan.empty(plan.node()), plan);
        return new PlanDelta(
                ForwardingPlan.EMPTY_VERSION, plan.version(), all.rules, all.pools, EnumSet.allOf(Part.class));
    }

    private static <K extends Comparable<K>> Set<K> keys(Map<K, ?> before, Map<K, ?> after) {
        final Set<K> keys = new TreeSet<>(before.keySet());
        keys.addAll(after.keySet());
        return keys;
    }

    public boolean isEmpty() {
        return rules.isEmpty() && pools.isEmpty() && parts.isEmpty();
    }
}
