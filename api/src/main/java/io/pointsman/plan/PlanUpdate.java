package io.pointsman.plan;

import java.util.List;
import java.util.Objects;

/**
 * Result of a resolve.
 *
 * @param delta from the previous plan to this one
 * @param problems all current problems, not only new ones, in order of Service and frontend
 */
public record PlanUpdate(ForwardingPlan plan, PlanDelta delta, List<PlanProblem> problems) {
    public PlanUpdate {
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(delta, "delta");
        problems = List.copyOf(problems);
    }
}
