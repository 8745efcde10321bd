package io.pointsman.agent.dashboard;

import io.pointsman.agent.json.Json;
import io.pointsman.agent.look.PlanWriter;
import io.pointsman.agent.status.Problem;
import io.pointsman.model.ObjectName;
import io.pointsman.plan.ForwardingPlan;
import java.util.List;

/** Details of one Service as JSON: its figures, its rules in the plan, and its problems. Used by one thread. */
final class ServiceDetail {
    private static final int MAX_PROBLEMS = 100;

    private final String mode;

    /** @param mode the name of the backend */
    ServiceDetail(String mode) {
        this.mode = mode;
    }

    /**
     * Returns a Service's details as JSON.
     *
     * @param problems of this Service
     * @param rows of its service ports
     * @throws IllegalArgumentException if the plan has no such Service, and it has no problems
     */
    String answer(ObjectName service, List<Problem> problems, ForwardingPlan inForce, List<RatedRow> rows) {
        final PlanWriter plans = new PlanWriter(mode, inForce, service::equals);
        if (!plans.services().contains(service) && problems.isEmpty()) {
            throw new IllegalArgumentException("there is no Service " + service + " in the plan in force");
        }
        return Json.object(json -> {
            json.writeStringField("namespace", service.namespace());
            json.writeStringField("name", service.name());
            json.writeArrayFieldStart("rows");
            for (RatedRow row : rows) {
                json.writeStartObject();
                row.write(json);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeFieldName("plan");
            json.writeRawValue(plans.service(service));
            json.writeNumberField("problemsInAll", problems.size());
            json.writeArrayFieldStart("problems");
            for (Problem problem : problems.subList(0, Math.min(MAX_PROBLEMS, problems.size()))) {
                ServiceProblems.write(json, problem);
            }
            json.writeEndArray();
        });
    }
}
