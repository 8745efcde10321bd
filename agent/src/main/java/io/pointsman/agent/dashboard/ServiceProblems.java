package io.pointsman.agent.dashboard;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.agent.json.Json;
import io.pointsman.agent.status.Problem;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Severity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Current problems by Service. Used by one thread, except for the static methods. */
final class ServiceProblems {
    private static final int MAX_LISTED = 500;

    private List<Problem> last = List.of();
    private Map<ObjectName, List<Problem>> byService = Map.of();

    /** Returns the number of problems of a Service. */
    static int count(Map<ObjectName, List<Problem>> problems, ObjectName service) {
        final List<Problem> own = problems.get(service);
        return own == null ? 0 : own.size();
    }

    /** Groups problems by Service; returns the same object while the problems stay the same. */
    Map<ObjectName, List<Problem>> byService(List<Problem> problems) {
        if (!problems.equals(last)) {
            final Map<ObjectName, List<Problem>> grouped = new HashMap<>();
            problems.forEach(
                    problem -> problem.service().ifPresent(name -> grouped.computeIfAbsent(name, _ -> new ArrayList<>())
                            .add(problem)));
            last = problems;
            byService = grouped;
        }
        return byService;
    }

    /** Returns problems as JSON: errors first, at most {@value #MAX_LISTED}, and the total. */
    static String answer(List<Problem> problems) {
        return Json.object(json -> {
            json.writeNumberField("errors", errors(problems));
            json.writeNumberField("all", problems.size());
            json.writeArrayFieldStart("problems");
            for (Severity severity : List.of(Severity.ERROR, Severity.WARNING)) {
                for (Problem problem : listed(problems, severity)) {
                    write(json, problem);
                }
            }
            json.writeEndArray();
        });
    }

    private static List<Problem> listed(List<Problem> problems, Severity severity) {
        final long room = severity == Severity.ERROR ? MAX_LISTED : Math.max(0, MAX_LISTED - errors(problems));
        return problems.stream()
                .filter(problem -> problem.severity() == severity)
                .limit(room)
                .toList();
    }

    static long errors(List<Problem> problems) {
        return problems.stream()
                .filter(problem -> problem.severity() == Severity.ERROR)
                .count();
    }

    static void write(JsonGenerator json, Problem problem) throws IOException {
        json.writeStartObject();
        json.writeStringField("origin", problem.origin().text());
        json.writeStringField("severity", problem.severity().text());
        json.writeStringField("where", problem.where());
        json.writeStringField("reason", problem.reason());
        final Optional<ObjectName> service = problem.service();
        if (service.isPresent()) {
            json.writeStringField("service", service.get().toString());
        }
        json.writeEndObject();
    }
}
