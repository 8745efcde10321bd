package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two agents of one mode in one network namespace, in processes of their own. */
class TwoAgentsTest {
    private static final long PATIENCE_SECONDS = 60;

    /** Last line that the test waits for in an agent's log. */
    private static final String AT_WORK = "Pointsman forwards";

    @TempDir
    private Path folder;

    private final List<Process> running = new ArrayList<>();

    @BeforeEach
    void register() throws IOException {
        StubbornProvider.register(folder.resolve("backends"));
        Files.createDirectory(folder.resolve("manifests"));
    }

    @AfterEach
    void end() throws InterruptedException {
        running.forEach(Process::destroyForcibly);
        for (Process process : running) {
            process.waitFor();
        }
    }

    private Process start(String name, boolean inKernel, String handOver) throws IOException {
        final Process started = new ProcessBuilder(new AgentCommand()
                        .flag("-D" + StubbornProvider.IN_KERNEL + "=" + inKernel)
                        .classesIn(folder.resolve("backends"))
                        .of(
                                "run",
                                "--mode",
                                StubbornProvider.NAME,
                                "--manifest",
                                folder.resolve("manifests").toString(),
                                "--state-directory",
                                folder.resolve(name).toString(),
                                "--healthz-bind-address",
                                "off",
                                "--metrics-bind-address",
                                "off",
                                "--hand-over",
                                handOver))
                .redirectErrorStream(true)
                .start();
        running.add(started);
        return started;
    }

    private static String awaitLine(Process process, String part) throws IOException {
        final BufferedReader output = process.inputReader();
        final StringBuilder seen = new StringBuilder();
        String line = output.readLine();
        while (line != null && !line.contains(part) && !line.startsWith(AT_WORK)) {
            seen.append(line).append('\n');
            line = output.readLine();
        }
        assertThat(line).as("after %s", seen).isNotNull().contains(part);
        return String.valueOf(line);
    }

    private Process startFirst() throws IOException {
        final Process first = start("first", true, "0");
        awaitLine(first, AT_WORK);
        return first;
    }

    @Test
    void shouldRefuseTheSecondAndNameTheFirst() throws Exception {
        final Process first = startFirst();

        final Process second = start("second", true, "0");

        final String said = awaitLine(second, "pointsman: mode stubborn: another agent");
        assertThat(said)
                .contains("process " + first.pid() + ", since 2", "state directory ", "first/stubborn")
                .contains("setting hand-over");
        assertThat(second.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(1);
        assertThat(first.isAlive()).isTrue();

        first.destroyForcibly().waitFor(); // SIGKILL
        awaitLine(start("third", true, "0"), AT_WORK);
    }

    @Test
    void shouldGoOnOnceTheFirstHasEnded() throws Exception {
        final Process first = startFirst();
        final Process second = start("second", true, PATIENCE_SECONDS + "s");
        awaitLine(second, "waiting up to " + 1_000 * PATIENCE_SECONDS + " ms for it to end");

        first.destroy(); // SIGTERM

        awaitLine(second, AT_WORK);
        assertThat(first.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldLetThemBeWhereNothingIsInTheKernelOrWhenToldTo() throws Exception {
        awaitLine(start("first", true, "0"), AT_WORK);
        awaitLine(start("sockets", false, "0"), AT_WORK);
        awaitLine(start("off", true, "off"), AT_WORK);
    }
}
