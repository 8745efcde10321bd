package io.pointsman.agent.status;

import io.pointsman.agent.json.Json;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.ApplyReport;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * State of an agent.
 *
 * @param mode the backend in use
 * @param plan the plan in force; empty before the first
 * @param report the backend's report on it; empty before the first
 * @param healthz bound address of /healthz; empty if not open
 * @param metrics bound address of /metrics, /status, /configz and /proxyMode; empty if not open
 * @param sysctls result for each configured kernel parameter, in words
 */
public record AgentStatus(
        String mode,
        String node,
        Optional<ForwardingPlan> plan,
        Optional<ApplyReport> report,
        boolean healthy,
        Optional<InetSocketAddress> healthz,
        Optional<InetSocketAddress> metrics,
        List<Problem> problems,
        List<String> sysctls) {
    public AgentStatus {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(report, "report");
        Objects.requireNonNull(healthz, "healthz");
        Objects.requireNonNull(metrics, "metrics");
        problems = List.copyOf(problems);
        sysctls = List.copyOf(sysctls);
    }

    /** Returns the status as JSON, with totals in place of the plan. */
    public String toJson() {
        return Json.object(json -> {
            json.writeStringField("mode", mode);
            json.writeStringField("node", node);
            json.writeNumberField(
                    "planVersion", plan.map(ForwardingPlan::version).orElse(ForwardingPlan.EMPTY_VERSION));
            json.writeNumberField("rules", plan.map(some -> some.rules().size()).orElse(0));
            json.writeNumberField(
                    "rulesInForce", report.map(ApplyReport::rulesInForce).orElse(0));
            json.writeBooleanField("healthy", healthy);
            json.writeArrayFieldStart("sysctls");
            for (String sysctl : sysctls) {
                json.writeString(sysctl);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("problems");
            for (Problem problem : problems) {
                json.writeStartObject();
                json.writeStringField("origin", problem.origin().text());
                json.writeStringField("where", problem.where());
                json.writeStringField("severity", problem.severity().text());
                json.writeStringField("reason", problem.reason());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
