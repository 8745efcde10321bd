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

    /** Steps build on each other; cases, if a file has them, are independent. */
    private static void play(JsonNode file) throws IOException, InterruptedException {
        for (JsonNode single : file.has("cases") ? file.get("cases") : List.of(file)) {
            try (HealthScenario scenario = HealthScenario.of(file)) {
                for (JsonNode step : steps(single)) {
                    playNamed(scenario, step);
                }
            }
        }
    }

    /** A case without steps is one step itself. */
    private static List<JsonNode> steps(JsonNode single) {
        final List<JsonNode> steps = new ArrayList<>();
        single.path("steps").forEach(steps::add);
        return steps.isEmpty() ? List.of(single) : steps;
    }

    private static void playNamed(HealthScenario scenario, JsonNode step) throws IOException, InterruptedException {
        try {
            scenario.play(step);
        } catch (AssertionError e) {
            throw new AssertionError("step \"" + step.path("name").asText() + "\": " + e.getMessage(), e);
        }
    }
}
