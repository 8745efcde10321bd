package io.pointsman.plan;

import io.pointsman.model.ObjectName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Claims of Services to health check ports; the oldest Service keeps a port that several claim. Not thread-safe. */
final class HealthCheckClaims {
    private final Map<ObjectName, ServicePlan> claimants = new TreeMap<>();
    private boolean isSettled = true; // winners and problems are up to date
    private List<HealthCheck> winners = List.of();
    private List<PlanProblem> problems = List.of();

    /** Replaces one Service's claim; null for none. */
    void replace(@Nullable ServicePlan before, @Nullable ServicePlan after) {
        if (before != null && before.healthCheck().isPresent()) {
            claimants.remove(before.name());
            isSettled = false;
        }
        if (after != null && after.healthCheck().isPresent()) {
            claimants.put(after.name(), after);
            isSettled = false;
        }
    }

    /** Returns one health check for each port, in order of Service. */
    List<HealthCheck> winners() {
        settle();
        return winners;
    }

    /** Returns one problem for each claim that is refused now. */
    List<PlanProblem> problems() {
        settle();
        return problems;
    }

    private void settle() {
        if (isSettled) {
            return;
        }
        final Map<Integer, ServicePlan> keepers = new HashMap<>();
        claimants.values().forEach(plan -> plan.healthCheck()
                .ifPresent(check ->
                        keepers.merge(check.port(), plan, (known, other) -> other.isSeniorTo(known) ? other : known)));
        final List<HealthCheck> kept = new ArrayList<>();
        final List<PlanProblem> refused = new ArrayList<>();
        claimants.values().forEach(plan -> plan.healthCheck().ifPresent(check -> {
            final ObjectName keeper = keepers.getOrDefault(check.port(), plan).name();
            if (keeper.equals(plan.name())) {
                kept.add(check);
            } else {
                refused.add(refusal(plan.name(), check.port(), keeper));
            }
        }));
        winners = List.copyOf(kept);
        problems = List.copyOf(refused);
        isSettled = true;
    }

    private static PlanProblem refusal(ObjectName refused, int port, ObjectName keeper) {
        return new PlanProblem(
                refused,
                Optional.empty(),
                "healthCheckNodePort " + port + " is not served for it, " + keeper
                        + " has it: of two Services that claim it the older keeps it; give one of them another port");
    }
}
