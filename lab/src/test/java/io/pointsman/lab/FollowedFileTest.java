package io.pointsman.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FollowedFileTest {
    @TempDir
    private Path folder;

    @Test
    void shouldGiveALineOnlyWhenAllOfItIsWritten() throws IOException {
        final Path file = folder.resolve("said");
        final FollowedFile followed = new FollowedFile(file);

        assertThat(followed.next()).isEmpty();
        Files.writeString(file, "one → ");
        assertThat(followed.next()).isEmpty();
        Files.writeString(file, "two\nthree\nfo", StandardOpenOption.APPEND);
        assertThat(followed.next()).contains("one → two");
        assertThat(followed.next()).contains("three");
        assertThat(followed.next()).isEmpty();
    }

    @Test
    void shouldShowWhatTheOtherLabSaysAndHandItEachEnter() throws IOException, InterruptedException {
        final Path said = folder.resolve("said");
        final Path typed = folder.resolve("typed");
        final StringWriter shown = new StringWriter();
        final AtomicInteger enters = new AtomicInteger();
        final Progress here = new Progress(new PrintWriter(shown), enters::incrementAndGet, true);
        final Relay relay = new Relay(said, typed, here);
        final Progress there = new Progress(
                new PrintWriter(Files.newBufferedWriter(said), true), new FollowedFile(typed)::await, true);
        final Thread relaying = Thread.ofPlatform().start(relay::work);

        there.section("ipvs", "Section");
        there.next("a step", "IPv4", "curl");
        there.block("ipvs: pass a step", List.of("              observed"));
        relay.end();
        relaying.join();

        assertThat(enters).hasValue(1);
        assertThat(shown.toString().lines().map(line -> line.replaceFirst("^ *[0-9.]+ s", "TIME")))
                .containsSubsequence(
                        "TIME  ipvs: Section",
                        "          next: a step (IPv4)",
                        "              $ curl",
                        "          Enter goes on",
                        "TIME  ipvs: pass a step",
                        "              observed");
    }
}
