package io.pointsman.linux.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnershipLedgerTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path parent;

    private static final class Numbers implements OwnershipLedger.Notation<Integer> {
        @Override
        public String write(Integer thing) {
            return "number " + thing;
        }

        @Override
        public Integer read(String text) {
            if (!text.startsWith("number ")) {
                throw new IllegalArgumentException("no number: \"" + text + "\"");
            }
            return Integer.valueOf(text.substring("number ".length()));
        }
    }

    private Path folder() {
        return parent.resolve("state");
    }

    private Path file() {
        return folder().resolve("owned");
    }

    private OwnershipLedger<Integer> open() throws IOException {
        return OwnershipLedger.open(folder(), new Numbers());
    }

    @Test
    void shouldWriteNothingWhenNothingIsOwned() throws IOException {
        final OwnershipLedger<Integer> ledger = open();
        ledger.enter(List.of());
        ledger.strike(List.of(1));
        ledger.compact();

        assertThat(folder()).doesNotExist();
    }

    @Test
    void shouldKnowAfterARestartWhatIsOwned() throws IOException {
        final OwnershipLedger<Integer> ledger = open();
        ledger.enter(List.of(1, 2, 3));
        ledger.strike(List.of(2));
        ledger.enterSysctl("net.ipv4.a", "0 1");
        ledger.enterSysctl("net.ipv4.a", "1");

        for (int i = 0; i < 2; i++) {
            final OwnershipLedger<Integer> again = open();
            assertThat(again.owned()).containsExactly(1, 3);
            assertThat(again.owns(2)).isFalse();
            assertThat(again.sysctlsBefore()).isEqualTo(Map.of("net.ipv4.a", "0 1"));
            again.compact();
        }
        assertThat(file()).hasContent("+ number 1\n+ number 3\nsysctl net.ipv4.a 0 1\n");
    }

    @Test
    void shouldNeitherTrustNorLengthenALineThatACrashCutShort() throws IOException {
        open().enter(List.of(1));
        Files.writeString(file(), "+ number 23", StandardOpenOption.APPEND); // of 234, may be

        final OwnershipLedger<Integer> again = open();
        assertThat(again.owned()).containsExactly(1);
        again.enter(List.of(5));
        again.enter(List.of(6));
        assertThat(open().owned()).containsExactly(1, 5, 6);
    }

    @Test
    void shouldRefuseToGuessWhenItIsDamaged() throws IOException {
        open().enter(List.of(1));
        Files.writeString(file(), "nonsense\n", StandardOpenOption.APPEND);
        assertThatThrownBy(this::open).hasMessageContaining("owned, line 2: not understood: \"nonsense\"");

        Files.writeString(file(), "+ letter\n");
        assertThatThrownBy(this::open).hasMessageContaining("owned, line 1: no number: \"letter\"");
    }

    @Test
    void shouldForgetAllWhenItIsCleared() throws IOException {
        final OwnershipLedger<Integer> ledger = open();
        ledger.enter(List.of(1));
        ledger.clear();

        assertThat(ledger.owned()).isEmpty();
        assertThat(file()).doesNotExist();
    }
}
