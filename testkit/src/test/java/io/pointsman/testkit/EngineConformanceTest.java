package io.pointsman.testkit;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Plays every conformance case of packets with the engine, which gets the packets as bytes. */
@Tag("conformance")
class EngineConformanceTest {
    @TestFactory
    Stream<DynamicNode> shouldDoToEveryPacketWhatItsCaseSays() {
        return ConformanceCases.load().stream()
                .filter(file -> file.kind() == ConformanceCase.Kind.PACKETS)
                .map(file -> dynamicContainer(
                        file.id() + ": " + file.title(),
                        ConformancePlayer.play(file, EngineDecider::new).stream()
                                .map(EngineConformanceTest::test)));
    }

    private static DynamicTest test(ConformanceResult result) {
        return dynamicTest(String.join(" / ", result.path()), () -> result.failure()
                .ifPresent(failure -> fail(result.toString())));
    }
}
