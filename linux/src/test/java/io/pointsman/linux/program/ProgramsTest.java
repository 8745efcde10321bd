package io.pointsman.linux.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgramsTest {
    private final Programs programs = Programs.ofNobody();

    @Test
    void shouldFeedAProgramAndBringOutWhatItSays() throws IOException {
        final ProgramResult result = programs.feed("in\n", "sh", "-c", "cat; echo one >&2; echo ' two' >&2; exit 3");

        assertThat(result.isSuccess()).isFalse();
        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.output()).isEqualTo("in\n");
        assertThat(result.complaint()).isEqualTo("one; two");
    }

    @Test
    void shouldTellTheExitCodeOfOneThatComplainsOfNothing() throws IOException {
        assertThat(programs.run("sh", "-c", "exit 7").complaint()).isEqualTo("exit code 7");
    }

    @Test
    void shouldFailWhenOneHasToSucceedAndDoesNot() throws IOException {
        assertThat(programs.require("in", "cat")).isEqualTo("in");
        assertThatThrownBy(() -> programs.require("", "sh", "-c", "echo no such set >&2; exit 1"))
                .isInstanceOf(IOException.class)
                .hasMessage("sh: no such set");
    }

    @Test
    void shouldNotMindAProgramThatReadsNothing() throws IOException {
        assertThat(programs.feed("x".repeat(1 << 20), "true").isSuccess()).isTrue();
    }

    @Test
    void shouldKnowTheProcessesThatItStarted() throws IOException {
        final AtomicLong pid = new AtomicLong();
        final Programs watched = new Programs("", builder -> {
            final Process process = builder.start();
            pid.set(process.pid());
            return process;
        });
        watched.run("true");

        assertThat(watched.isOwn((int) pid.get())).isTrue();
        assertThat(programs.isOwn((int) pid.get())).isFalse();
    }
}
