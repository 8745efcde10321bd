package io.pointsman.testkit.uml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.function.Executable;
import org.opentest4j.TestAbortedException;

/** Boots User Mode Linux for real, if it is installed. */
class UmlTestsTest {
    /** Tests that run only inside. */
    @EnabledIfSystemProperty(named = "java.io.tmpdir", matches = "/run/tmp")
    static class Inside {
        @Test
        void shouldPass() throws Exception {
            assertThat(Files.readString(Path.of("/proc/version"))).contains("Linux version");
            Files.writeString(Path.of("/pointsman-was-here"), "in memory only");
        }

        @Test
        void shouldFail() {
            fail("as it is meant to");
        }

        @Test
        void shouldAbort() {
            abort("for a reason");
        }
    }

    @Test
    void shouldBringOutWhatBecameOfEachTest() throws Throwable {
        final List<DynamicTest> nodes = tests(UmlTests.of(Inside.class).within(Duration.ofSeconds(90)).run().stream())
                .toList();

        executable(nodes, "shouldPass()").execute();
        assertThat(outcome(executable(nodes, "shouldFail()")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("as it is meant to")
                .hasMessageContaining("UmlTestsTest");
        assertThat(outcome(executable(nodes, "shouldAbort()")))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageContaining("for a reason");
        executable(nodes, "all came to their end").execute();
        assertThat(Path.of("/pointsman-was-here")).doesNotExist();
    }

    @Test
    void shouldKillTheKernelWhenTimeIsUp() throws Exception {
        final List<DynamicTest> nodes = tests(UmlTests.of(Inside.class).within(Duration.ofMillis(300)).run().stream())
                .toList();

        assertThat(outcome(executable(nodes, "all came to their end")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("was killed after");
    }

    private static Executable executable(List<DynamicTest> tests, String name) {
        return tests.stream()
                .filter(test -> test.getDisplayName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " among " + tests))
                .getExecutable();
    }

    private static Stream<DynamicTest> tests(Stream<? extends DynamicNode> nodes) {
        return nodes.flatMap(node -> switch (node) {
            case DynamicContainer container -> tests(container.getChildren());
            case DynamicTest test -> Stream.of(test);
            default -> Stream.empty();
        });
    }

    private static Throwable outcome(Executable executable) {
        try {
            executable.execute();
        } catch (Throwable thrown) {
            return thrown;
        }
        return new IllegalStateException("nothing was thrown");
    }
}
