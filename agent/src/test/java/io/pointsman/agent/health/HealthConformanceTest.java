package io.pointsman.agent.health;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.testkit.ConformanceCase;
import io.pointsman.testkit.ConformanceCases;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Every conformance case about health, against the agent's real HTTP servers. */
@Tag("conformance")
class HealthConformanceTest {
    @TestFactory
    Stream<DynamicTest> shouldAnswerAsTheCaseSays() {
        return ConformanceCases.load().stream()
                .filter(testCase -> testCase.kind() == ConformanceCase.Kind.HEALTH)
                .map(testCase -> dynamicTest(testCase.id(), () -> play(testCase.json())));
    }

    /**
     * Plays a file: its steps build on each other, its cases are independent. A case inherits from the file what it does
     * not set.
     */
    private static void play(JsonNode file) throws IOException, InterruptedException {
        final List<JsonNode> scenarios = new ArrayList<>();
        if (!file.has("cases") || file.has("steps") || file.has("expect")) {
            scenarios.add(file);
        }
        file.path("cases").forEach(scenarios::add);
        for (JsonNode single : scenarios) {
            try (HealthScenario scenario = HealthScenario.of(own(single, file, "request"), own(single, file, "node"))) {
                for (JsonNode step : steps(single)) {
                    playNamed(scenario, step);
                }
            }
        }
    }

    private static JsonNode own(JsonNode single, JsonNode file, String field) {
        return single.has(field) ? single.path(field) : file.path(field);
    }

    /** Returns the steps; a case's own expectations, if any, come first. */
    private static List<JsonNode> steps(JsonNode single) {
        final List<JsonNode> steps = new ArrayList<>();
        if (single.has("expect") || !single.has("steps")) {
            steps.add(single);
        }
        single.path("steps").forEach(steps::add);
        return steps;
    }

    private static void playNamed(HealthScenario scenario, JsonNode step) throws IOException, InterruptedException {
        try {
            scenario.play(step);
        } catch (AssertionError e) {
            throw new AssertionError("step \"" + step.path("name").asText() + "\": " + e.getMessage(), e);
        }
    }
}
