package io.pointsman.linux.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrphansTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path state;

    /** A program that has begun, and ends when the file {@code end} is there. */
    private Process start() throws Exception {
        final CountDownLatch started = new CountDownLatch(1);
        final Process[] process = new Process[1];
        final Programs programs = new Programs(state.toString(), builder -> {
            process[0] = builder.start();
            started.countDown();
            return process[0];
        });
        Thread.ofVirtual().start(() -> {
            try {
                programs.run("sh", "-c", "until [ -e '" + state.resolve("end") + "' ]; do sleep 0.02; done");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        started.await();
        return process[0];
    }

    @Test
    void shouldWaitForAProgramOfTheSameOwner() throws Exception {
        final Process process = start();
        final List<String> told = new ArrayList<>();
        Orphans.await(state.toString(), Duration.ofMinutes(1), sentence -> {
            told.add(sentence);
            try {
                Files.createFile(state.resolve("end")); // only once it is waited for
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });

        assertThat(process.isAlive()).isFalse();
        assertThat(told).containsExactly("waiting for process " + process.pid() + " of an earlier run to end");
    }

    @Test
    void shouldGoOnWhenItDoesNotEndAndNotMindThoseOfOthers() throws Exception {
        final Process process = start();
        try {
            final List<String> told = new ArrayList<>();
            Orphans.await(state + "-other", Duration.ofMinutes(1), told::add);
            assertThat(told).isEmpty();

            Orphans.await(state.toString(), Duration.ofMillis(50), told::add);
            assertThat(told).last().asString().contains(process.pid() + " of an earlier run does not end");
            assertThat(process.isAlive()).isTrue();
        } finally {
            Files.createFile(state.resolve("end"));
            process.waitFor();
        }
    }
}
