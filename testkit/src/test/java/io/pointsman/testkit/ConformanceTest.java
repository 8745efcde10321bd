package io.pointsman.testkit;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Plays every conformance case for the resolver; the agent's tests play those of its HTTP endpoints. */
@Tag("conformance")
class ConformanceTest {
    @TestFactory
    Stream<DynamicNode> shouldDoWhatEveryCaseSays() {
        return ConformanceCases.load().stream()
                .filter(file -> file.kind() != ConformanceCase.Kind.HEALTH)
                .map(file -> dynamicContainer(
                        file.id() + ": " + file.title(),
                        ConformancePlayer.play(file).stream().map(ConformanceTest::test)));
    }

    private static DynamicTest test(ConformanceResult result) {
        return dynamicTest(String.join(" / ", result.path()), () -> result.failure()
                .ifPresent(failure -> fail(result.toString())));
    }
}
