package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.AgentCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Output of commands and the log for names with control characters. Runs in a process of its own, for the real log. */
class HostileNamesTest {
    private static final String FORGED = "FORGED line";

    /** Line breaks and control characters in YAML escapes, so that the file itself is harmless. */
    private static final List<String> BREAKS =
            List.of("\\n", "\\r", "\\e[2K\\r", "\\x9b2J", "\\u0085", "\\u2028", "\\u2029", "\\u202e");

    @TempDir
    private Path folder;

    private String printed(String... words) throws IOException, InterruptedException {
        final List<String> command = new AgentCommand()
                .flag("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
                .flag("--sun-misc-unsafe-memory-access=allow")
                .of(words);
        final Path output = folder.resolve("output");
        final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            if (List.of(words).contains("--node") && words[0].equals("run")) {
                awaitText(output, process, "Ctrl-C stops");
                process.destroy();
            }
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
            return Files.readString(output);
        } finally {
            process.destroyForcibly();
        }
    }

    private static void awaitText(Path file, Process process, String text) throws IOException, InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (process.isAlive() && !Files.readString(file).contains(text)) {
            assertThat(System.nanoTime() - deadline)
                    .as("it prints \"%s\": %s", text, file)
                    .isNegative();
            Thread.sleep(100);
        }
    }

    private static void assertHarmless(String printed) {
        assertThat(printed).contains(FORGED);
        assertThat(printed.lines()).noneMatch(line -> line.startsWith(FORGED));
        assertThat(printed.codePoints().filter(c -> c != '\n' && c != '\t'))
                .noneMatch(c -> Character.isISOControl(c)
                        || Character.getType(c) == Character.FORMAT
                        || Character.getType(c) == Character.LINE_SEPARATOR
                        || Character.getType(c) == Character.PARAGRAPH_SEPARATOR);
    }

    private Path manifest() throws IOException {
        final StringBuilder yaml = new StringBuilder();
        for (int i = 0; i < BREAKS.size(); i++) {
            final String name = "\"a" + i + BREAKS.get(i) + FORGED + "\"";
            yaml.append("""
                    apiVersion: v1
                    kind: Service
                    metadata: {name: %s, namespace: default}
                    spec: {clusterIP: 127.77.7.%d, ports: [{name: %s, port: 8080}], sessionAffinity: %s}
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: good%d, namespace: default}
                    spec: {clusterIP: 127.77.8.%d, ports: [{name: %s, port: 8080}]}
                    ---
                    """.formatted(name, i + 1, name, name, i, i + 1, name));
        }
        final Path file = folder.resolve("hostile.yaml");
        Files.writeString(file, yaml, StandardCharsets.UTF_8);
        return file;
    }

    @Test
    void shouldQuoteNamesInItsLogAndOnTheScreen() throws Exception {
        assertHarmless(printed(
                "run",
                "--manifest",
                manifest().toString(),
                "--node",
                "x\n" + FORGED,
                "--state-directory",
                folder.resolve("state").toString(),
                "--healthz-bind-address",
                "off",
                "--metrics-bind-address",
                "off"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void shouldQuoteNamesWhenItExplains(String format) throws Exception {
        assertHarmless(printed(
                "explain",
                "--manifest",
                manifest().toString(),
                "--node",
                "x\n" + FORGED,
                "--from",
                "127.77.9.1",
                "--to",
                "127.77.8.1:8080",
                "--output",
                format));
    }

    @Test
    void shouldQuoteWhatItCanNotStartWith() throws Exception {
        assertHarmless(printed(
                "run", "--manifest", folder.resolve("x\u001b[2J\n" + FORGED).toString()));
        assertHarmless(printed("run", "--manifest", manifest().toString(), "--mode", "x\u202e\n" + FORGED));
    }
}
