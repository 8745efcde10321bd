package io.pointsman.linux.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(600)
class OrphansTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    /** An id that no process has: more than PID_MAX_LIMIT of include/linux/threads.h. */
    private static final String GONE = "4194305@1/1";

    @TempDir
    private Path state;

    private final List<Process> started = new ArrayList<>();
    private final List<String> told = new ArrayList<>();

    @AfterEach
    void end() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    /** Starts a process with these marks, which runs until the file {@code end} exists. */
    private Process start(String owner, String mark, String... wrapper) throws IOException {
        final List<String> command = new ArrayList<>(List.of(wrapper));
        command.addAll(List.of(
                "sh", "-c", "echo > '" + state + "/began'; until [ -e '" + state + "/end' ]; do sleep 0.02; done"));
        final ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put(Orphans.OWNER, owner);
        builder.environment().put(ProgramRun.MARK, mark);
        final Process process = builder.start();
        started.add(process);
        return process;
    }

    private void awaitFile(String name) throws InterruptedException {
        while (!Files.exists(state.resolve(name))) {
            Thread.sleep(20);
        }
    }

    @Test
    void shouldWaitForAProgramOfTheSameOwnerWhoseStarterIsGone() throws Exception {
        final Process process = start(state.toString(), GONE);
        Orphans.await(state.toString(), LONG, sentence -> {
            told.add(sentence);
            try {
                Files.writeString(state.resolve("end"), ""); // only once it is waited for
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(told).contains("waiting for process " + process.pid() + " of an earlier run to end");
    }

    @Test
    void shouldKnowTheProgramOfAProcessThatWasKilled() throws Exception {
        final Process agent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        StarterMain.class.getName(),
                        state.toString(),
                        "echo $$ > '" + state + "/pid.new'; mv '" + state + "/pid.new' '" + state
                                + "/pid'; until [ -e '" + state + "/end' ]; do sleep 0.02; done")
                .inheritIO()
                .start();
        started.add(agent);
        awaitFile("pid");
        final String pid = Files.readString(state.resolve("pid")).strip();
        try {
            Orphans.await(state.toString(), LONG, told::add);
            assertThat(told).as("its starter is at work").isEmpty();

            agent.destroyForcibly().waitFor();
            Orphans.await(state.toString(), Duration.ofMillis(50), told::add);
            assertThat(told)
                    .contains(
                            "waiting for process " + pid + " of an earlier run to end",
                            "process " + pid + " of an earlier run does not end; continuing without it");
        } finally {
            Files.writeString(state.resolve("end"), "");
        }
        Orphans.await(state.toString(), LONG, told::add);
    }

    @Test
    void shouldHaveOnePatienceForAll() throws Exception {
        final List<Process> many = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            many.add(start(state.toString(), GONE));
        }
        Orphans.await(state.toString(), Duration.ofMillis(50), told::add);

        assertThat(told.stream().filter(sentence -> sentence.startsWith("waiting")))
                .as("before the time is over once")
                .hasSizeGreaterThanOrEqualTo(many.size());
        final int firstGivenUp = told.indexOf(told.stream()
                .filter(sentence -> sentence.endsWith("continuing without it"))
                .findFirst()
                .orElseThrow());
        assertThat(told.subList(firstGivenUp, told.size()))
                .allMatch(sentence -> sentence.endsWith("continuing without it"));
    }

    @Test
    void shouldNotMindWhatOnlyBearsTheMark() throws Exception {
        start(state + "-other", GONE);
        start(state.toString(), "");
        start(state.toString(), ProgramRun.newMark()); // whoever started it is at work
        awaitFile("began");
        Orphans.await(state.toString(), LONG, told::add);
        assertThat(told).isEmpty();
    }

    @Test
    void shouldNotMindTheProcessOfAnotherUser() throws Exception {
        Assumptions.assumeTrue(
                new ProcessBuilder("setpriv", "--reuid", "12345", "--clear-groups", "true")
                                .start()
                                .waitFor()
                        == 0,
                "setpriv can't change the user here");
        Files.setAttribute(state, "unix:mode", 0777);
        start(state.toString(), GONE, "setpriv", "--reuid", "12345", "--clear-groups");
        awaitFile("began");
        Orphans.await(state.toString(), LONG, told::add);
        assertThat(told).isEmpty();
    }

    @Test
    void shouldNotMindTheProcessOfAContainer() throws Exception {
        Assumptions.assumeTrue(
                new ProcessBuilder("unshare", "--mount", "true").start().waitFor() == 0, "unshare --mount fails here");
        start(state.toString(), GONE, "unshare", "--mount");
        awaitFile("began");
        Orphans.await(state.toString(), LONG, told::add);
        assertThat(told).isEmpty();
    }
}
