package io.pointsman.testkit.uml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UmlLeashTest {
    private static final int POLLS = 1200;
    private static final long POLL_MILLIS = 50;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    @Test
    void shouldEndWhenTheProcessThatBootedItIsKilled() throws Exception {
        final var why = UmlProgram.unavailable();
        Assumptions.assumeTrue(why.isEmpty(), () -> why.orElse(""));
        final Process booter = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AbandonedUml.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final List<ProcessHandle> machine;
        try {
            for (int i = 0; i < POLLS && booter.isAlive() && !isAtWork(); i++) {
                Thread.sleep(POLL_MILLIS);
            }
            assertThat(isAtWork()).isTrue();
            machine = booter.descendants().toList();
            assertThat(machine).hasSizeGreaterThan(2); // the leash, the kernel, processes of programs inside
        } finally {
            booter.destroyForcibly();
        }
        assertThat(booter.waitFor(1, TimeUnit.MINUTES)).isTrue();

        for (int i = 0; i < POLLS && machine.stream().anyMatch(ProcessHandle::isAlive); i++) {
            Thread.sleep(POLL_MILLIS);
        }
        assertThat(machine).noneMatch(ProcessHandle::isAlive);
    }

    private boolean isAtWork() throws IOException {
        final Path output = folder.resolve("output");
        return Files.exists(output) && Files.readString(output).contains("at work");
    }
}
