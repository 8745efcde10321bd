package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** End of an agent's process, with a backend that hangs or fails. */
class AgentProcessTest {
    /** Several times the maximum time that an agent takes to end. */
    private static final long PATIENCE_SECONDS = 60;

    private static final int SIGTERM = 128 + 15;

    @TempDir
    private Path folder;

    private @Nullable Process running;

    @BeforeEach
    void register() throws IOException {
        StubbornProvider.register(folder.resolve("backends"));
        Files.createDirectory(folder.resolve("manifests"));
    }

    @AfterEach
    void end() {
        if (running != null) {
            running.destroyForcibly();
        }
    }

    private Process start(String... settings) throws IOException {
        final List<String> command = new AgentCommand()
                .classesIn(folder.resolve("backends"))
                .of(
                        "run",
                        "--mode",
                        StubbornProvider.NAME,
                        "--manifest",
                        folder.resolve("manifests").toString(),
                        "--state-directory",
                        folder.resolve("state").toString(),
                        "--healthz-bind-address",
                        "127.0.0.1:0",
                        "--metrics-bind-address",
                        "off");
        for (String setting : settings) {
            command.addAll(List.of("--backend", setting));
        }
        final Process started = new ProcessBuilder(command)
                .redirectError(folder.resolve("log").toFile())
                .start();
        running = started;
        return started;
    }

    private static void awaitLine(Process process, String start) throws IOException {
        final BufferedReader output = process.inputReader();
        String line = output.readLine();
        while (line != null && !line.startsWith(start)) {
            line = output.readLine();
        }
        assertThat(line).as("a line that starts with %s", start).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"apply=hang", "close=hang"})
    void shouldEndWithSigtermWhenItsBackendHangs(String setting) throws Exception {
        final Process process = start(setting);
        awaitLine(process, setting.equals("apply=hang") ? "apply hangs" : "Pointsman forwards");

        process.destroy();

        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(SIGTERM);
        assertThat(folder.resolve("log")).content().contains("StubbornProvider.meet");
    }

    @Test
    void shouldEndWithSigtermWhenNobodyReadsWhatItPrints() throws Exception {
        final Process process = start("apply=hang", "close=hang", "print=flood");
        awaitLine(process, "print floods");

        process.destroy();

        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"close=as it should", "close=hang"})
    void shouldExitWithAnErrorWhenItsBackendCanNotGoOn(String setting) throws Exception {
        final Process process = start("failure=its only thread ended", setting);

        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(3);
        assertThat(folder.resolve("log")).content().contains("can't continue", "its only thread ended");
    }
}
