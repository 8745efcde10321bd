package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

        final Ledger again = Ledger.open(directory.resolve("new"));
        assertThat(again.chains()).containsExactly(TWO);
        assertThat(again.hasChainsOf(IpFamily.IPV6)).isTrue();
        assertThat(again.hasChainsOf(IpFamily.IPV4)).isFalse();
        assertThat(again.sysctlsBefore()).isEqualTo(Map.of("net.ipv4.a", "0"));
    }

    @Test
    void shouldSayWhichLineIsNoChainAndKnowTheOthers() throws IOException {
        Files.writeString(directory.resolve("owned"), "+ NFT IPV4\n+ LEGACY IPV6 FILTER PTS-B\n+ NFT IPV5 NAT PTS-A\n");

        final Ledger ledger = Ledger.open(directory);

        assertThat(ledger.chains()).containsExactly(TWO);
        assertThat(ledger.complaints())
                .hasSize(2)
                .first()
                .asString()
                .endsWith("owned, line 1: not a chain: \"NFT IPV4\"");
    }
}
