package io.pointsman.plan;

import io.pointsman.model.ObjectName;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One Service, resolved: what it would like to see in the plan.
 *
 * @param createdAt who is older keeps a frontend that two claim; unknown counts as younger than any
 * @param rules by frontend, each with its pools; in the order of the Service's ports
 * @param problems of this Service alone; claims of others are not known here
 * @param dependsOnNode the node's zone or own address may matter to it
 * @param addresses which addresses it has to do with
 */
record ServicePlan(
        ObjectName name,
        Instant createdAt,
        Map<Frontend, Rule> rules,
        Optional<HealthCheck> healthCheck,
        List<PlanProblem> problems,
        boolean dependsOnNode,
        AddressUse addresses) {
    private static final Comparator<ServicePlan> SENIORITY =
            Comparator.comparing(ServicePlan::createdAt).thenComparing(ServicePlan::name);

    ServicePlan {
        problems = List.copyOf(problems);
    }

    /** Whether it keeps a frontend that both claim. */
    boolean isSeniorTo(ServicePlan other) {
        return SENIORITY.compare(this, other) < 0;
    }
}
