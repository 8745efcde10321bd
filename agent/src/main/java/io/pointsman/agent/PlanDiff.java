package io.pointsman.agent;

import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PlanDelta.PoolChange;
import io.pointsman.plan.PlanDelta.RuleChange;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What leads from any plan to any other: for when a backend is not at the plan that the resolver's delta starts from. */
final class PlanDiff {
    private PlanDiff() {}

    /** Takes time in proportion to both plans; changes come in order of frontend and pool. */
    static PlanDelta between(ForwardingPlan before, ForwardingPlan after) {
        final List<RuleChange> rules = new ArrayList<>();
        for (Frontend frontend : keys(before.rules(), after.rules())) {
            final Rule old = before.rules().get(frontend);
            final Rule now = after.rules().get(frontend);
            if (old == null || !old.equals(now)) {
                rules.add(new RuleChange(frontend, old, now));
            }
        }
        final List<PoolChange> pools = new ArrayList<>();
        for (PoolId id : keys(before.pools(), after.pools())) {
            final EndpointPool old = before.pools().get(id);
            final EndpointPool now = after.pools().get(id);
            if (old == null || !old.equals(now)) {
                pools.add(new PoolChange(id, old, now));
            }
        }
        return new PlanDelta(
                before.version(),
                after.version(),
                rules,
                pools,
                !before.node().equals(after.node()),
                !before.healthChecks().equals(after.healthChecks()));
    }

    /** The whole plan as news, for a backend that has applied none or can't be trusted to have. */
    static PlanDelta whole(ForwardingPlan plan) {
        final PlanDelta all = between(ForwardingPlan.empty(plan.node()), plan);
        return new PlanDelta(ForwardingPlan.EMPTY_VERSION, plan.version(), all.rules(), all.pools(), true, true);
    }

    private static <K extends Comparable<K>> Set<K> keys(Map<K, ?> before, Map<K, ?> after) {
        final Set<K> keys = new TreeSet<>(before.keySet());
        keys.addAll(after.keySet());
        return keys;
    }
}
