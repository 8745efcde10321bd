package io.pointsman.linux.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.testing.SmallDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks that only objects on record are owned, whatever the disk does. */
class FullDiskTest {
    @TempDir
    private Path parent;

    private SmallDisk disk;
    private Path folder;

    @BeforeEach
    void mount() throws IOException {
        disk = SmallDisk.mount(parent.resolve("disk"));
        folder = disk.folder().resolve("state");
    }

    @AfterEach
    void unmount() throws IOException {
        disk.close();
    }

    private static final Kind<String> WORDS = new Kind<>(String.class, "", Function.identity(), Function.identity());

    private Ledger open() throws IOException {
        return Ledger.open(folder, WORDS);
    }

    private static List<String> words(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "thing-" + i).toList();
    }

    @Test
    void shouldRememberNothingThatADiskHadNoRoomFor() throws IOException {
        final Ledger ledger = open();
        ledger.enter(WORDS, List.of("first"));
        disk.fill();
        final long before = Files.size(folder.resolve("owned"));

        final List<String> refused = new ArrayList<>();
        for (int i = 0; i < 2; i++) { // more than the rest of a page takes
            assertThatThrownBy(() -> ledger.enter(WORDS, words(0, 1_000)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("owned: No space left on device");
            refused.addAll(ledger.owned(WORDS));
        }
        assertThat(refused).containsOnly("first");
        assertThat(ledger.complaints()).isEmpty();
        assertThat(Files.size(folder.resolve("owned")))
                .as("half an entry is taken back")
                .isEqualTo(before);
        assertThat(open().owned(WORDS)).containsExactly("first");

        disk.empty();
        ledger.enter(WORDS, words(0, 1_000));
        assertThat(open().owned(WORDS)).hasSize(1_001).contains("first", "thing-999");
    }

    @Test
    void shouldOwnNothingNewWhereThereIsNoRoomForAFile() throws IOException {
        disk.fill();
        final Ledger ledger = open();
        assertThatThrownBy(() -> ledger.enter(WORDS, words(0, 1_000))).hasMessageContaining("No space left on device");
        assertThatThrownBy(() -> ledger.enterSysctl("net.ipv4." + "a".repeat(5_000), "1"))
                .hasMessageContaining("No space left on device");
        assertThat(ledger.owned(WORDS)).isEmpty();
        assertThat(ledger.sysctlsBefore()).isEmpty();

        disk.empty();
        ledger.enter(WORDS, List.of("first"));
        assertThat(open().owned(WORDS)).containsExactly("first");
    }

    @Test
    void shouldLetThingsGoThatCantBeStruckOutYet() throws IOException {
        final Ledger ledger = open();
        ledger.enter(WORDS, words(0, 500));
        disk.fill();
        ledger.strike(WORDS, words(0, 450));

        assertThat(ledger.owned(WORDS)).hasSize(50);
        assertThat(ledger.complaints()).singleElement().asString().contains("No space left on device");
        assertThat(open().owned(WORDS))
                .as("a crash leaves entries of what is not there")
                .hasSize(500);
        ledger.enter(WORDS, words(0, 10)); // they are on record still
        assertThat(ledger.owned(WORDS)).hasSize(60);

        disk.empty();
        ledger.strike(WORDS, words(499, 500));
        assertThat(ledger.complaints()).isEmpty();
        assertThat(open().owned(WORDS))
                .containsExactlyInAnyOrderElementsOf(ledger.owned(WORDS))
                .hasSize(59);
    }

    @Test
    void shouldKnowWhatCouldNotBeUndone() throws IOException {
        final Ledger ledger = open();
        ledger.enter(WORDS, List.of("first"));
        disk.setReadOnly(SmallDisk.ReadOnly.YES);
        assertThatThrownBy(() -> ledger.enter(WORDS, List.of("second"))).hasMessageContaining("Read-only file system");
        ledger.strike(WORDS, List.of("first"));
        assertThat(ledger.owned(WORDS)).isEmpty();
        assertThat(open().owned(WORDS)).containsExactly("first");

        disk.setReadOnly(SmallDisk.ReadOnly.NO);
        ledger.enter(WORDS, List.of("third"));
        ledger.strike(WORDS, List.of());
        assertThat(open().owned(WORDS)).containsExactly("third");
    }
}
