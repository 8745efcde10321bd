package io.pointsman.spi.ipvs;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.ipvs.ServerKey;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.spi.ipvs.host.Owned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    private static final ServerKey ONE = ServerKey.of(Protocol.TCP, IpAddress.parse("10.0.0.1"), 80);
    private static final ServerKey TWO = ServerKey.of(Protocol.SCTP, IpAddress.parse("fd00::1"), 81);
    private static final ServerKey MARKED = ServerKey.ofMark(IpFamily.IPV6, 0x5ABCDEF0);

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    @Test
    void shouldKnowWhatItOwnsAfterARestart() throws IOException {
        final Ledger ledger = Owned.ledger(folder);
        ledger.enter(Owned.SERVER, List.of(ONE, TWO, MARKED));
        ledger.strike(Owned.SERVER, List.of(TWO));
        ledger.enter(Owned.LINK, List.of("a-link"));
        ledger.enter(Owned.RULES, List.of(Flavour.LEGACY));
        ledger.enterSysctl("net.ipv4.vs.conntrack", "0");
        ledger.enterSysctl("net.ipv4.vs.conntrack", "1");

        for (int i = 0; i < 2; i++) {
            final Ledger again = Owned.ledger(folder);
            assertThat(again.owned(Owned.SERVER)).containsExactly(ONE, MARKED);
            assertThat(again.owns(Owned.SERVER, TWO)).isFalse();
            assertThat(again.owned(Owned.LINK)).containsExactly("a-link");
            assertThat(again.owned(Owned.RULES)).containsExactly(Flavour.LEGACY);
            assertThat(again.sysctlsBefore()).containsEntry("net.ipv4.vs.conntrack", "0");
        }
    }

    @Test
    void shouldSayWhichLineItCantReadAndKnowTheOthers() throws IOException {
        Files.writeString(folder.resolve("owned"), "+ nonsense\n+ server TCP 10.0.0.1 80\n+ server TCP 10.0.0.1 x\n");

        final Ledger ledger = Owned.ledger(folder);

        assertThat(ledger.owned(Owned.SERVER)).containsExactly(ONE);
        assertThat(ledger.complaints()).hasSize(2).first().asString().contains("line 1", "nonsense");
    }
}
