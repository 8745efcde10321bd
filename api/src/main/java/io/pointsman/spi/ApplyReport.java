package io.pointsman.spi;

import java.util.List;

/**
 * Result of applying a plan.
 *
 * @param rulesInForce number of rules of the plan in force, degraded ones included
 * @param changes number of objects touched: rules, listeners, map elements, as the backend counts
 * @param problems all problems of the whole plan, not only of this change
 */
public record ApplyReport(long planVersion, int rulesInForce, int changes, List<RuleProblem> problems) {
    public ApplyReport {
        problems = List.copyOf(problems);
    }
}
