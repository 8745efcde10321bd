package io.pointsman.linux.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path parent;

    private static final Kind<Integer> NUMBERS = new Kind<>(Integer.class, "number", String::valueOf, Integer::valueOf);

    private Path folder() {
        return parent.resolve("state");
    }

    private Path file() {
        return folder().resolve("owned");
    }

    private Ledger open() throws IOException {
        return Ledger.open(folder(), NUMBERS);
    }

    private Ledger openInBoot(String boot) throws IOException {
        return Ledger.openInBoot(boot, folder(), NUMBERS);
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(file(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void shouldWriteNothingWhenNothingIsOwned() throws IOException {
        final Ledger ledger = open();
        ledger.enter(NUMBERS, List.of());
        ledger.strike(NUMBERS, List.of(1));

        assertThat(folder()).doesNotExist();
    }

    @Test
    void shouldKnowAfterARestartWhatIsOwned() throws IOException {
        final Ledger ledger = openInBoot("A");
        ledger.enter(NUMBERS, List.of(1, 2, 3));
        ledger.strike(NUMBERS, List.of(2));
        ledger.enterSysctl("net.ipv4.a", "0 1");
        ledger.enterSysctl("net.ipv4.a", "1");

        final Ledger again = openInBoot("A");
        assertThat(again.owned(NUMBERS)).containsExactly(1, 3);
        assertThat(again.owns(NUMBERS, 2)).isFalse();
        assertThat(again.sysctlsBefore()).isEqualTo(Map.of("net.ipv4.a", "0 1"));
        assertThat(file())
                .hasContent("boot A\n+ number 1\n+ number 2\n+ number 3\n- number 2\nsysctl net.ipv4.a 0 1\n");
    }

    @Test
    void shouldBeClosedToOthers() throws IOException {
        open().enter(NUMBERS, List.of(1));

        assertThat(Files.getPosixFilePermissions(folder())).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(Files.getPosixFilePermissions(file())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void shouldNeitherTrustNorLengthenALineThatACrashCutShort() throws IOException {
        open().enter(NUMBERS, List.of(1));
        Files.writeString(file(), "+ number 23", StandardOpenOption.APPEND); // of 234, may be

        final Ledger again = open();
        assertThat(again.owned(NUMBERS)).containsExactly(1);
        again.enter(NUMBERS, List.of(5));
        again.enter(NUMBERS, List.of(6));
        assertThat(open().owned(NUMBERS)).containsExactly(1, 5, 6);
        assertThat(open().complaints()).isEmpty();
    }

    @Test
    void shouldLoseOnlyTheLinesThatCantBeRead() throws IOException {
        final Ledger first = openInBoot("A");
        first.enter(NUMBERS, List.of(1));
        Files.write(
                file(),
                "nonsense\n\0\0\0\0\n+ letter\n\u00ff\u00fe\u001b[31m\n+ number 2\n- number x\n"
                        .getBytes(StandardCharsets.ISO_8859_1),
                StandardOpenOption.APPEND);

        final Ledger ledger = openInBoot("A");
        assertThat(ledger.owned(NUMBERS)).containsExactly(1, 2);
        assertThat(ledger.complaints())
                .hasSize(5)
                .contains(
                        file() + ", line 3: not understood: \"nonsense\"",
                        file() + ", line 5: not understood: \"letter\"")
                .allSatisfy(text -> assertThat(text).doesNotContain("\u001b", "\0", "\n"));

        for (int i = 100; i < 5_000; i++) { // enough to have it rewritten
            ledger.enter(NUMBERS, List.of(i));
            ledger.strike(NUMBERS, List.of(i));
        }
        assertThat(lines()).hasSizeLessThan(4_000).contains("nonsense", "+ letter");

        ledger.clear();
        assertThat(openInBoot("A").owned(NUMBERS)).isEmpty();
        assertThat(openInBoot("A").complaints())
                .as("what they enter may be there still")
                .hasSize(5);
        assertThat(openInBoot("B").complaints()).as("it is not after a boot").isEmpty();
    }

    @Test
    void shouldForgetWhatAnEarlierBootLeft() throws IOException {
        final Ledger before = openInBoot("A");
        before.enter(NUMBERS, List.of(1, 2));
        before.enterSysctl("net.ipv4.a", "0");

        final Ledger after = openInBoot("B");
        assertThat(after.owned(NUMBERS)).isEmpty();
        assertThat(after.sysctlsBefore()).isEmpty();
        assertThat(lines()).as("nothing was written").startsWith("boot A");
        after.enter(NUMBERS, List.of(2, 3));
        after.enterSysctl("net.ipv4.a", "1");

        assertThat(file()).hasContent("boot B\n+ number 2\n+ number 3\nsysctl net.ipv4.a 1\n");
        assertThat(openInBoot("B").owned(NUMBERS)).containsExactly(2, 3);
    }

    @Test
    void shouldKeepWhatAFileEntersThatDoesNotSayItsBoot() throws IOException {
        Files.createDirectory(folder());
        Files.writeString(file(), "+ number 1\n");

        openInBoot("A").enter(NUMBERS, List.of(2));

        assertThat(file()).hasContent("boot A\n+ number 1\n+ number 2\n");
    }

    @Test
    void shouldStayCompactHoweverMuchComesAndGoes() throws IOException {
        final Ledger ledger = open();
        final List<Integer> staying = IntStream.range(0, 500).boxed().toList();
        ledger.enter(NUMBERS, staying);
        long largestBytes = 0;
        for (int i = 0; i < 1_000_000; i += 100) {
            final List<Integer> passing =
                    IntStream.range(1_000 + i, 1_100 + i).boxed().toList();
            ledger.enter(NUMBERS, passing);
            ledger.strike(NUMBERS, passing);
            largestBytes = Math.max(largestBytes, Files.size(file()));
        }

        assertThat(largestBytes).isLessThan(64 << 10);
        assertThat(open().owned(NUMBERS)).containsExactlyElementsOf(staying);
    }

    @Test
    void shouldHaveAllOnRecordAgainWhenTheFileWasTakenAway() throws IOException {
        final Ledger ledger = open();
        ledger.enter(NUMBERS, List.of(1, 2));
        Files.delete(file());
        ledger.enter(NUMBERS, List.of(3));
        assertThat(open().owned(NUMBERS)).containsExactly(1, 2, 3);

        Files.writeString(file(), "");
        ledger.strike(NUMBERS, List.of(1));
        assertThat(open().owned(NUMBERS)).containsExactly(2, 3);
    }

    @Test
    void shouldForgetAllWhenItIsCleared() throws IOException {
        final Ledger ledger = open();
        ledger.enter(NUMBERS, List.of(1));
        ledger.clear();

        assertThat(ledger.owned(NUMBERS)).isEmpty();
        assertThat(file()).doesNotExist();
        ledger.enter(NUMBERS, List.of(2));
        assertThat(open().owned(NUMBERS)).containsExactly(2);
    }

    @Test
    void shouldWriteThroughNoLink() throws IOException {
        final Path victim = Files.writeString(parent.resolve("victim"), "precious\n");
        Files.createDirectory(folder());
        Files.createSymbolicLink(file(), victim);
        assertThatThrownBy(this::open).hasMessageContaining("owned is no regular file");
        assertThatThrownBy(() -> Ledger.open(Files.createSymbolicLink(parent.resolve("link"), folder()), NUMBERS)
                        .enter(NUMBERS, List.of(1)))
                .hasMessageContaining("link is no folder");

        Files.delete(file());
        final Ledger ledger = open();
        ledger.enter(NUMBERS, List.of(1));
        Files.delete(file());
        Files.createSymbolicLink(file(), victim);
        assertThatThrownBy(() -> ledger.enter(NUMBERS, List.of(2))).hasMessageContaining("owned is no regular file");
        assertThat(ledger.owned(NUMBERS)).containsExactly(1);

        Files.delete(file());
        Files.createSymbolicLink(folder().resolve("owned.new"), victim); // in the way of the next that is written
        ledger.enter(NUMBERS, List.of(3));
        assertThat(open().owned(NUMBERS)).containsExactly(1, 3);
        assertThat(victim).hasContent("precious\n");
    }

    @Test
    void shouldTrustNoFolderThatOthersMayWriteTo() throws IOException {
        Files.createDirectory(folder());
        final Set<PosixFilePermission> safe = PosixFilePermissions.fromString("rwxr-xr-x");
        for (String open : List.of("rwxrwxr-x", "rwxr-xrwx")) {
            Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString(open));
            assertThatThrownBy(this::open).hasMessageContaining("others may write to " + folder() + " (mode 7");
            assertThatThrownBy(() -> StateDirectoryLock.announce(folder())).hasMessageContaining("others may write");
            Files.setPosixFilePermissions(folder(), safe);

            Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString(open));
            assertThatThrownBy(this::open).hasMessageContaining("others may write to " + parent + " (mode 7");
            Files.setPosixFilePermissions(parent, safe);
        }
        Files.setAttribute(parent, "unix:mode", 01777); // as that of /tmp: others can't rename what is in it
        open().enter(NUMBERS, List.of(1));
        assertThat(open().owned(NUMBERS)).containsExactly(1);
    }

    @Test
    void shouldTrustNoFolderOfAnotherUser() throws IOException {
        Files.createDirectory(folder());
        try {
            Files.setAttribute(folder(), "unix:uid", 12_345);
        } catch (FileSystemException e) {
            Assumptions.abort("needs CAP_CHOWN: " + e.getMessage());
        }
        assertThatThrownBy(this::open).hasMessageContaining("belongs to user 12345");
    }
}
