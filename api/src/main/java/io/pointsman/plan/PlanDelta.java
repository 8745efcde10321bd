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
 * Difference between two plans, by frontend and pool: all that a backend has to touch. A rule whose pool changed is listed
 * too, as the pool is part of the rule's value.
 *
 * @param fromVersion version of the plan it starts from; {@link ForwardingPlan#EMPTY_VERSION} if it contains the whole
 *     plan
 * @param parts other parts of the plan that differ
 */
public record PlanDelta(
        long fromVersion, long toVersion, List<RuleChange> rules, List<PoolChange> pools, Set<Part> parts) {
    /** A part of a plan that is compared as a whole. */
    public enum Part {
        NODE_FACTS,
        HEALTH_CHECKS
    }

    /** A rule that was added (no before), removed (no after) or changed (both). */
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

    /** A pool that was added (no before), removed (no after) or changed (both). */
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
     * Computes the difference between any two plans. For a backend that is not at the plan that the resolver's delta starts
     * from. Takes time proportional to both plans; changes are in order of frontend and pool.
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

    /** Returns a delta that contains the whole plan, for a backend with no applied plan or in an unknown state. */
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
