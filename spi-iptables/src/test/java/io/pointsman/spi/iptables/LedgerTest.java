package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.OwnedChain;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    private static final OwnedChain ONE = new OwnedChain(Flavour.NFT, IpFamily.IPV4, "nat", "PTS-A");
    private static final OwnedChain TWO = new OwnedChain(Flavour.LEGACY, IpFamily.IPV6, "filter", "PTS-B");

    @TempDir
    Path directory;

    @Test
    void shouldKnowAfterARestartWhatIsOwned() throws IOException {
        final Ledger ledger = OwnedChain.ledger(directory.resolve("new"));
        ledger.enter(OwnedChain.KIND, List.of(ONE, TWO));
        ledger.strike(OwnedChain.KIND, List.of(ONE));
        ledger.enterSysctl("net.ipv4.a", "0");

        final Ledger again = OwnedChain.ledger(directory.resolve("new"));
        assertThat(again.owned(OwnedChain.KIND)).containsExactly(TWO);
        assertThat(again.sysctlsBefore()).isEqualTo(Map.of("net.ipv4.a", "0"));
    }

    @Test
    void shouldSayWhichLineIsNoChainAndKnowTheOthers() throws IOException {
        Files.writeString(directory.resolve("owned"), "+ NFT IPV4\n+ LEGACY IPV6 FILTER PTS-B\n+ NFT IPV5 NAT PTS-A\n");

        final Ledger ledger = OwnedChain.ledger(directory);

        assertThat(ledger.owned(OwnedChain.KIND)).containsExactly(TWO);
        assertThat(ledger.complaints())
                .hasSize(2)
                .first()
                .asString()
                .endsWith("owned, line 1: not a chain: \"NFT IPV4\"");
    }
}
