package io.pointsman.plan;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What changed from one plan to the next, by frontend and pool: all a backend has to touch. A rule whose pool changed is
 * listed too, for a pool is part of a rule's value.
 *
 * @param fromVersion the plan it starts from, {@link ForwardingPlan#EMPTY_VERSION} for everything
 * @param nodeChanged the node facts differ
 * @param healthChanged the health checks differ
 */
public record PlanDelta(
        long fromVersion,
        long toVersion,
        List<RuleChange> rules,
        List<PoolChange> pools,
        boolean nodeChanged,
        boolean healthChanged) {
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
    }

    public boolean isEmpty() {
        return rules.isEmpty() && pools.isEmpty() && !nodeChanged && !healthChanged;
    }
}
