package io.pointsman.agent;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.json.Json;
import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.model.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The agent's configuration in force, the changes that need a restart, and the problems of a new one. Thread-safe. */
final class Configuration {
    private static final String PLACE = "configuration";

    private final ProblemBoard problems;
    private AgentConfig inForce; // guarded by this
    private List<String> restartsFor = List.of(); // guarded by this

    Configuration(AgentConfig config, ProblemBoard problems) {
        this.inForce = config;
        this.problems = problems;
    }

    synchronized AgentConfig inForce() {
        return inForce;
    }

    /** Adopts the settings that a running agent can change; returns the configuration then in force. */
    AgentConfig adopt(AgentConfig newer) {
        final AgentConfig adopted;
        final List<Problem> found = new ArrayList<>();
        synchronized (this) {
            restartsFor = inForce.restartsFor(newer);
            inForce = inForce.withLive(newer);
            adopted = inForce;
            restartsFor.forEach(key -> found.add(new Problem(
                    Problem.Origin.CONFIGURATION,
                    PLACE,
                    Severity.WARNING,
                    "needs a restart: " + key + "; until then the old value holds")));
        }
        problems.replace(Problem.Origin.CONFIGURATION, found);
        return adopted;
    }

    /** Reports that a newer configuration can't be used. */
    void refuse(String reason) {
        problems.replace(
                Problem.Origin.CONFIGURATION,
                List.of(new Problem(
                        Problem.Origin.CONFIGURATION,
                        PLACE,
                        reason + "; the configuration read before stays in force")));
    }

    /** Returns everything in force as JSON; no part is secret. */
    synchronized String toJson() {
        return Json.object(json -> {
            json.writeObjectFieldStart("settings");
            for (Map.Entry<String, String> setting : inForce.toMap().entrySet()) {
                json.writeStringField(setting.getKey(), setting.getValue());
            }
            json.writeEndObject();
            json.writeArrayFieldStart("needsRestart");
            for (String key : restartsFor) {
                json.writeString(key);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("notes");
            for (String note : inForce.notes()) {
                json.writeString(note);
            }
            json.writeEndArray();
        });
    }
}
