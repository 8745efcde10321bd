package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    private static final Ledger.Chain ONE = new Ledger.Chain(Flavour.NFT, IpFamily.IPV4, Table.NAT, "PTS-A");
    private static final Ledger.Chain TWO = new Ledger.Chain(Flavour.LEGACY, IpFamily.IPV6, Table.FILTER, "PTS-B");

    @TempDir
    Path directory;

    @Test
    void shouldKnowAfterARestartWhatIsOwned() throws IOException {
        final Ledger ledger = Ledger.open(directory.resolve("new"));
        ledger.enter(List.of(ONE, TWO));
        ledger.strike(List.of(ONE));
        ledger.enterSysctl("net.ipv4.a", "0");
        ledger.enterSysctl("net.ipv4.a", "1");

        final Ledger again = Ledger.open(directory.resolve("new"));
        assertThat(again.chains()).containsExactly(TWO);
        assertThat(again.sysctlsBefore()).isEqualTo(Map.of("net.ipv4.a", "0"));
        again.compact();
        assertThat(Ledger.open(directory.resolve("new")).chains()).containsExactly(TWO);
    }

    @Test
    void shouldBearALineThatACrashCutShort() throws IOException {
        Ledger.open(directory).enter(List.of(ONE));
        Files.writeString(directory.resolve("owned"), "+ NFT IPV", StandardOpenOption.APPEND);

        assertThat(Ledger.open(directory).chains()).containsExactly(ONE);
    }

    @Test
    void shouldRefuseToGuessWhenItIsDamaged() throws IOException {
        Files.writeString(directory.resolve("owned"), "nonsense\n+ NFT IPV4 NAT PTS-A\n");

        assertThatThrownBy(() -> Ledger.open(directory)).hasMessageContaining("line 1: not understood");
    }
}
