package io.pointsman.plan;

import java.util.List;
import java.util.Objects;

/**
 * What a resolve came to.
 *
 * @param delta from the plan before to this one
 * @param problems everything that is wrong now, not just what is new, in order of Service and frontend
 */
public record PlanUpdate(ForwardingPlan plan, PlanDelta delta, List<PlanProblem> problems) {
    public PlanUpdate {
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(delta, "delta");
        problems = List.copyOf(problems);
    }
}
