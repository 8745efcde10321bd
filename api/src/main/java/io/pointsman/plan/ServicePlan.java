package io.pointsman.plan;

import io.pointsman.model.ObjectName;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Part of the plan that one Service asks for.
 *
 * @param createdAt the older Service keeps a frontend that two claim; unknown counts as the youngest
 * @param rules by frontend, each with its pools; in the order of the Service's ports
 * @param problems problems of this Service alone; claims of other Services are not known here
 * @param dependsOnNode the node's zone or own address may affect it
 * @param addresses addresses of the Service that matter to the data plane
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
        rules = rules.size() == 1 ? Map.copyOf(rules) : rules; // a seventh of the memory, for most Services
        problems = List.copyOf(problems);
    }

    /** Whether this Service keeps a frontend that both claim. */
    boolean isSeniorTo(ServicePlan other) {
        return SENIORITY.compare(this, other) < 0;
    }
}
