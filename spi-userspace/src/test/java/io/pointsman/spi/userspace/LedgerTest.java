package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    @TempDir
    private Path folder;

    @Test
    void shouldKnowByKindWhatEarlierRunsEntered() throws IOException {
        final Ledger first = Ledger.open(folder);
        first.enter("vip", List.of("10.96.0.1", "10.96.0.2"));
        first.enter("nft-table", "inet");
        first.strike("vip", "10.96.0.1");
        assertThat(first.entries("vip")).containsExactly("10.96.0.2");

        final Ledger next = Ledger.open(folder);
        assertThat(next.entries("vip")).containsExactly("10.96.0.2");
        assertThat(next.entries("nft-table")).containsExactly("inet");
        assertThat(next.entries("nft")).isEmpty();
    }

    @Test
    void shouldOwnNothingThatACrashCutShort() throws IOException {
        Ledger.open(folder).enter("vip", "10.96.0.1");
        Files.writeString(folder.resolve("owned"), "+ vip 10.96.0.1\n+ vip 10.96.0.2"); // of 10.96.0.24, say

        final Ledger next = Ledger.open(folder);
        assertThat(next.entries("vip")).containsExactly("10.96.0.1");
        next.enter("vip", "10.96.0.3");
        assertThat(Ledger.open(folder).entries("vip")).containsExactly("10.96.0.1", "10.96.0.3");
    }

    @Test
    void shouldNameTheLineThatIsNotUnderstood() throws IOException {
        Files.writeString(folder.resolve("owned"), "+ vip 10.96.0.1\nnonsense\n+ vip 10.96.0.3\n");

        assertThatThrownBy(() -> Ledger.open(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 2")
                .hasMessageContaining("nonsense");
    }

    @Test
    void shouldLeaveNoFileWhenNothingIsOwned() throws IOException {
        final Ledger ledger = Ledger.open(folder);
        ledger.enter("vip", "10.96.0.1");
        ledger.strike("vip", "10.96.0.1");
        assertThat(folder.resolve("owned")).exists();

        ledger.compact();

        assertThat(folder.resolve("owned")).doesNotExist();
    }
}
