package io.pointsman.spi;

import java.util.List;

/**
 * What an apply did.
 *
 * @param rulesInForce rules of the plan that now work, degraded ones included
 * @param changes objects touched to get there: rules, listeners, map elements, as the backend counts
 * @param problems every problem of the whole plan, not just of this change
 */
public record ApplyReport(long planVersion, int rulesInForce, int changes, List<RuleProblem> problems) {
    public ApplyReport {
        problems = List.copyOf(problems);
    }
}
