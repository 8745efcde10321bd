package io.pointsman.linux.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that misbehave; each test would take minutes or never end if it waited for them. */
@Timeout(600)
class HangingProgramTest {
    private static final Duration SOON = Duration.ofMillis(700);
    private static final Duration LONG = Duration.ofMinutes(10);
    /** Output larger than a pipe and all buffers on the way hold. */
    private static final String LARGE = "rule\n".repeat(1 << 20);

    @TempDir
    private Path folder;

    private final Programs programs = Programs.ofNobody();

    private String scriptThatLeavesAChild(String rest) {
        return "sleep 600 & echo $! > '" + childFile() + "'; " + rest;
    }

    private Path childFile() {
        return folder.resolve("child");
    }

    private long childId() throws IOException {
        return Long.parseLong(Files.readString(childFile()).strip());
    }

    /** Waits for the end of the child that the script above left. */
    private void assertThatTheChildEnds() throws Exception {
        final Optional<ProcessHandle> child = ProcessHandle.of(childId());
        if (child.isPresent()) {
            child.get().onExit().get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldKillAProgramThatNeverEnds() {
        assertThatThrownBy(() -> programs.within(SOON).run("sleep", "600"))
                .isInstanceOf(IOException.class)
                .hasMessage("sleep did not end within 700 ms; it was killed, with what it started");
    }

    @Test
    void shouldKillAProgramThatDoesNotReadItsInput() {
        assertThatThrownBy(() -> programs.within(SOON).feed(LARGE, "sleep", "600"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("sleep did not end within 700 ms and has not read its input; it was killed");
    }

    @Test
    void shouldKillWhatAProgramStarted() throws Exception {
        assertThatThrownBy(() -> programs.within(SOON).run("sh", "-c", scriptThatLeavesAChild("wait")))
                .hasMessageContaining("sh did not end within 700 ms");
        assertThatTheChildEnds();
    }

    @Test
    void shouldNotWaitForAChildThatKeepsTheOutputOfAProgramThatHasEnded() throws Exception {
        final ProgramResult result = programs.within(LONG)
                .feed("in", "sh", "-c", scriptThatLeavesAChild("cat; echo out; echo why >&2; sleep 1; exit 3"));

        assertThat(result).isEqualTo(new ProgramResult(3, "inout\n", "why\n"));
        assertThatTheChildEnds();
    }

    @Test
    void shouldKillAChildThatHasTheInputWhichItsProgramBeganToRead() throws Exception {
        final String script = "exec 3<&0; read line; sleep 600 <&3 >/dev/null 2>&1 & echo $! > '" + childFile() + "'";
        assertThat(programs.within(LONG).feed(LARGE, "sh", "-c", script).isSuccess())
                .isTrue();
        assertThatTheChildEnds();
    }

    @Test
    void shouldKillAChildThatHasTheInputOfAProgramThatEndedBeforeItWasWritten() throws Exception {
        final Programs late = new Programs("", builder -> endOf(builder.start())).within(LONG);
        final String script = "exec 3<&0; sleep 600 <&3 >/dev/null 2>&1 & echo $! > '" + childFile() + "'";
        assertThat(late.feed(LARGE, "sh", "-c", script).isSuccess()).isTrue();
        assertThatTheChildEnds();
    }

    private static Process endOf(Process process) throws IOException {
        try {
            process.waitFor();
            return process;
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void shouldLeaveAChildAloneThatHoldsNothingUp() throws Exception {
        final String script = "sleep 600 </dev/null >/dev/null 2>&1 & echo $! > '" + childFile() + "'; cat";
        final ProgramResult result = programs.within(LONG).feed("in", "sh", "-c", script);
        final boolean isThere = ProcessHandle.of(childId())
                .filter(ProcessHandle::isAlive)
                .map(ProcessHandle::destroyForcibly)
                .isPresent();

        assertThat(result).isEqualTo(new ProgramResult(0, "in", ""));
        assertThat(isThere).isTrue();
    }

    @Test
    void shouldKillAProgramThatPrintsWithoutEnd() {
        final Programs bounded = programs.within(LONG).printingAtMost(3 << 20);
        assertThatThrownBy(() -> bounded.run("yes", "y".repeat(1_000)))
                .hasMessage("yes printed more than 3 MiB; it was killed, with what it started");
        assertThatThrownBy(() -> bounded.run("sh", "-c", "yes " + "y".repeat(1_000) + " >&2"))
                .hasMessage("sh printed more than 3 MiB; it was killed, with what it started");
    }

    @Test
    void shouldEndWhenItsCallerIsInterrupted() throws Exception {
        final CountDownLatch started = new CountDownLatch(1);
        final AtomicReference<Process> process = new AtomicReference<>();
        final Programs watched = new Programs("", builder -> {
                    process.set(builder.start());
                    started.countDown();
                    return process.get();
                })
                .within(LONG);
        final AtomicReference<Exception> failure = new AtomicReference<>();
        final Thread caller = Thread.ofPlatform().start(() -> {
            try {
                watched.feed(LARGE, "sleep", "600");
            } catch (IOException e) {
                failure.set(e);
            }
        });
        started.await();
        caller.interrupt();
        caller.join();

        assertThat(failure.get()).hasMessage("interrupted while sleep ran; it was killed, with what it started");
        assertThat(process.get().waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
}
