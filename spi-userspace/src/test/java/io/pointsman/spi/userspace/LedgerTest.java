package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerTest {
    @TempDir
    private Path folder;

    @Test
    void shouldKnowByKindWhatEarlierRunsEntered() throws IOException {
        final Ledger first = Ledger.open(folder);
        first.enter("vip-route", List.of("10.96.0.1", "10.96.0.2"));
        first.enter("nft-table", "inet");
        first.strike("vip-route", "10.96.0.1");
        assertThat(first.entries("vip-route")).containsExactly("10.96.0.2");

        final Ledger next = Ledger.open(folder);
        assertThat(next.entries("vip-route")).containsExactly("10.96.0.2");
        assertThat(next.entries("nft-table")).containsExactly("inet");
        assertThat(next.entries("nft")).isEmpty();
    }

    @Test
    void shouldOwnNothingThatACrashCutShort() throws IOException {
        Ledger.open(folder).enter("vip-route", "10.96.0.1");
        Files.writeString(
                folder.resolve("owned"), "+ vip-route 10.96.0.1\n+ vip-route 10.96.0.2"); // of 10.96.0.24, say

        final Ledger next = Ledger.open(folder);
        assertThat(next.entries("vip-route")).containsExactly("10.96.0.1");
        next.enter("vip-route", "10.96.0.3");
        assertThat(Ledger.open(folder).entries("vip-route")).containsExactly("10.96.0.1", "10.96.0.3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "+ vip-route 10.96.0.x",
                "+ routing-rule IPV4 1 2 3",
                "+ routing-table IPV5 100",
                "+ nft-table ip",
                "+ sysctl net.ipv4.x",
                "+ other thing"
            })
    void shouldNameTheLineThatIsNotUnderstoodAndKnowTheOthers(String line) throws IOException {
        Files.writeString(folder.resolve("owned"), "+ vip-route 10.96.0.1\n" + line + "\n+ vip-route 10.96.0.3\n");

        final Ledger ledger = Ledger.open(folder);

        assertThat(ledger.entries("vip-route")).containsExactly("10.96.0.1", "10.96.0.3");
        assertThat(ledger.complaints()).singleElement().asString().contains("owned, line 2: ");
    }

    @Test
    void shouldLeaveNoFileWhenNothingIsOwned() throws IOException {
        final Ledger ledger = Ledger.open(folder);
        ledger.enter("vip-route", "10.96.0.1");
        ledger.strike("vip-route", "10.96.0.1");
        assertThat(folder.resolve("owned")).exists();

        ledger.tidy();

        assertThat(folder.resolve("owned")).doesNotExist();
    }
}
