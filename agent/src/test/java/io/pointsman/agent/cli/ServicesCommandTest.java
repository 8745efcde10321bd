package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.AgentCommand;
import io.pointsman.agent.control.ControlSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code pointsman services}, and options that it shares with other inspecting commands. */
class ServicesCommandTest extends LookFixture {
    /** Uses a terminal of ten lines and forty columns, made by script(1). */
    @Test
    void shouldShowServicesAgainAndAgainAndNoMoreThanTheTerminalHasRoomFor() throws Exception {
        start(config(manifest("web.yaml", VIP, "Cluster", ENDPOINT)).build());
        final List<String> words = new AgentCommand()
                .of(
                        "services",
                        "--watch",
                        "--state-directory",
                        folder.resolve("state").toString());
        final Path screen = folder.resolve("screen");
        final Process script;
        try {
            script = new ProcessBuilder(
                            "script",
                            "--quiet",
                            "--return",
                            "--command",
                            "stty rows 10 cols 40; exec '" + String.join("' '", words) + "'",
                            "/dev/null")
                    .redirectInput(ProcessBuilder.Redirect.PIPE)
                    .redirectErrorStream(true)
                    .redirectOutput(screen.toFile())
                    .start();
        } catch (IOException e) {
            final String reason = "there is no script(1) to make a terminal: " + e.getMessage();
            System.err.println("skipped: " + reason);
            Assumptions.abort(reason);
            return;
        }
        try {
            final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (frames(screen).size() < 3) {
                assertThat(System.nanoTime()).as(Files.readString(screen)).isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(50);
            }
        } finally {
            script.descendants().forEach(ProcessHandle::destroyForcibly);
            script.destroyForcibly();
            script.waitFor();
        }
        final List<String> lines = frames(screen).get(1).lines().toList();
        assertThat(lines.getFirst()).startsWith("SERVICE").hasSize(40);
        assertThat(lines.get(1)).startsWith("default/web").contains(VIP).hasSize(40);
    }

    /** Returns the frames drawn from the upper left corner, without the codes that clear the rest. */
    private static List<String> frames(Path screen) throws IOException {
        final String[] frames = Files.readString(screen).split("\u001b\\[H", -1);
        return List.of(frames).subList(1, frames.length).stream()
                .map(frame -> frame.replaceAll("\u001b\\[[JK]", ""))
                .toList();
    }

    @Test
    void shouldFindTheNextAgentWhereOneWasKilled() throws Exception {
        final Path manifest = manifest("web.yaml", VIP, "Cluster", ENDPOINT);
        final Process process = new ProcessBuilder(new AgentCommand()
                        .flag("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
                        .flag("--sun-misc-unsafe-memory-access=allow")
                        .of(
                                "run",
                                "--manifest",
                                manifest.toString(),
                                "--node",
                                "here",
                                "--state-directory",
                                folder.resolve("state").toString(),
                                "--healthz-bind-address",
                                "off",
                                "--metrics-bind-address",
                                "off",
                                "--hand-over",
                                "off"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        final Path socket = folder.resolve("state").resolve("userspace").resolve(ControlSocket.NAME);
        try {
            awaitAnswer();
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
        assertThat(socket).as("what a killed process leaves").exists();
        assertThat(look("services").err()).contains("no agent answers");

        start(config(manifest).build());
        assertThat(look("services").out()).contains("default/web");
        Objects.requireNonNull(agent).close();
        assertThat(socket).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"table", "json", "yaml"})
    void shouldKeepNamesInTheirCells(String format) throws IOException {
        final Path file = Files.writeString(folder.resolve("hostile.yaml"), """
                apiVersion: v1
                kind: Service
                metadata: {name: "a\\e[2J\\nFORGED \\u202e", namespace: "n\\u2028"}
                spec: {clusterIP: 127.91.5.1, ports: [{name: "p\\r", port: 8080}]}
                """);
        final String none = Files.writeString(folder.resolve("none.yaml"), "").toString();
        for (Said said : List.of(
                pointsman("services", "--manifest", file.toString(), "-o", format),
                pointsman("plan", "--manifest", file.toString(), "-o", format),
                pointsman("plan", "diff", none, file.toString(), "-o", format))) {
            final String all = said.out() + said.err();
            assertThat(all).contains("FORGED");
            assertThat(all.lines()).noneMatch(line -> line.startsWith("FORGED"));
            assertThat(all.codePoints().filter(c -> c != '\n'))
                    .noneMatch(c -> Character.isISOControl(c)
                            || Character.getType(c) == Character.FORMAT
                            || Character.getType(c) == Character.LINE_SEPARATOR);
        }
    }
}
