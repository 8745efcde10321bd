package io.pointsman.nat.reference;

import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What changed between two plans, found by comparing everything. */
public final class PlanDeltas {
    private PlanDeltas() {}

    public static PlanDelta between(ForwardingPlan before, ForwardingPlan after) {
        final List<PlanDelta.RuleChange> rules = new ArrayList<>();
        for (var frontend : keys(before.rules(), after.rules())) {
            final var old = before.rules().get(frontend);
            final var now = after.rules().get(frontend);
            if (!Objects.equals(old, now)) {
                rules.add(new PlanDelta.RuleChange(frontend, old, now));
            }
        }
        final List<PlanDelta.PoolChange> pools = new ArrayList<>();
        for (var id : keys(before.pools(), after.pools())) {
            final var old = before.pools().get(id);
            final var now = after.pools().get(id);
            if (!Objects.equals(old, now)) {
                pools.add(new PlanDelta.PoolChange(id, old, now));
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

    private static <K> Set<K> keys(Map<K, ?> before, Map<K, ?> after) {
        final Set<K> keys = new LinkedHashSet<>(before.keySet());
        keys.addAll(after.keySet());
        return keys;
    }
}
