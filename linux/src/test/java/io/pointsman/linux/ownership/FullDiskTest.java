package io.pointsman.linux.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.testing.SmallDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is not on record is not owned, whatever the disk does. */
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

    private static final class Words implements OwnershipLedger.Notation<String> {
        @Override
        public String write(String thing) {
            return thing;
        }

        @Override
        public String read(String text) {
            return text;
        }
    }

    private OwnershipLedger<String> open() throws IOException {
        return OwnershipLedger.open(folder, new Words());
    }

    private static List<String> words(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "thing-" + i).toList();
    }

    @Test
    void shouldRememberNothingThatADiskHadNoRoomFor() throws IOException {
        final OwnershipLedger<String> ledger = open();
        ledger.enter(List.of("first"));
        disk.fill();
        final long before = Files.size(folder.resolve("owned"));

        final List<String> refused = new ArrayList<>();
        for (int i = 0; i < 2; i++) { // more than the rest of a page takes
            assertThatThrownBy(() -> ledger.enter(words(0, 1_000)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("owned: No space left on device");
            refused.addAll(ledger.owned());
        }
        assertThat(refused).containsOnly("first");
        assertThat(ledger.problem()).isEmpty();
        assertThat(Files.size(folder.resolve("owned")))
                .as("half an entry is taken back")
                .isEqualTo(before);
        assertThat(open().owned()).containsExactly("first");

        disk.empty();
        ledger.enter(words(0, 1_000));
        assertThat(open().owned()).hasSize(1_001).contains("first", "thing-999");
    }

    @Test
    void shouldOwnNothingNewWhereThereIsNoRoomForAFile() throws IOException {
        disk.fill();
        final OwnershipLedger<String> ledger = open();
        assertThatThrownBy(() -> ledger.enter(words(0, 1_000))).hasMessageContaining("No space left on device");
        assertThatThrownBy(() -> ledger.enterSysctl("net.ipv4." + "a".repeat(5_000), "1"))
                .hasMessageContaining("No space left on device");
        assertThat(ledger.owned()).isEmpty();
        assertThat(ledger.sysctlsBefore()).isEmpty();

        disk.empty();
        ledger.enter(List.of("first"));
        assertThat(open().owned()).containsExactly("first");
    }

    @Test
    void shouldLetThingsGoThatCantBeStruckOutYet() throws IOException {
        final OwnershipLedger<String> ledger = open();
        ledger.enter(words(0, 500));
        disk.fill();
        ledger.strike(words(0, 450));

        assertThat(ledger.owned()).hasSize(50);
        assertThat(ledger.problem()).hasValueSatisfying(why -> assertThat(why).contains("No space left on device"));
        assertThat(open().owned())
                .as("a crash leaves entries of what is not there")
                .hasSize(500);
        ledger.enter(words(0, 10)); // they are on record still
        assertThat(ledger.owned()).hasSize(60);

        disk.empty();
        ledger.strike(words(499, 500));
        assertThat(ledger.problem()).isEmpty();
        assertThat(open().owned())
                .containsExactlyInAnyOrderElementsOf(ledger.owned())
                .hasSize(59);
    }

    @Test
    void shouldKnowWhatCouldNotBeUndone() throws IOException {
        final OwnershipLedger<String> ledger = open();
        ledger.enter(List.of("first"));
        disk.setReadOnly(SmallDisk.ReadOnly.YES);
        assertThatThrownBy(() -> ledger.enter(List.of("second"))).hasMessageContaining("Read-only file system");
        ledger.strike(List.of("first"));
        assertThat(ledger.owned()).isEmpty();
        assertThat(open().owned()).containsExactly("first");

        disk.setReadOnly(SmallDisk.ReadOnly.NO);
        ledger.enter(List.of("third"));
        ledger.strike(List.of());
        assertThat(open().owned()).containsExactly("third");
    }
}
