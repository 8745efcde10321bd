package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.route.VipRoutes;
import io.pointsman.model.IpAddress;
import io.pointsman.spi.userspace.host.Owned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerTest {
    private static final IpAddress ONE = IpAddress.parse("10.96.0.1");
    private static final IpAddress TWO = IpAddress.parse("10.96.0.2");
    private static final IpAddress THREE = IpAddress.parse("10.96.0.3");

    @TempDir
    private Path folder;

    @Test
    void shouldKnowByKindWhatEarlierRunsEntered() throws IOException {
        final Ledger first = Owned.ledger(folder);
        first.enter(VipRoutes.KIND, List.of(ONE, TWO));
        first.enter(Owned.NFT_TABLE, List.of("inet"));
        first.strike(VipRoutes.KIND, List.of(ONE));
        assertThat(first.owned(VipRoutes.KIND)).containsExactly(TWO);

        final Ledger next = Owned.ledger(folder);
        assertThat(next.owned(VipRoutes.KIND)).containsExactly(TWO);
        assertThat(next.owned(Owned.NFT_TABLE)).containsExactly("inet");
    }

    @Test
    void shouldOwnNothingThatACrashCutShort() throws IOException {
        Owned.ledger(folder).enter(VipRoutes.KIND, List.of(ONE));
        Files.writeString(
                folder.resolve("owned"), "+ vip-route 10.96.0.1\n+ vip-route 10.96.0.2"); // of 10.96.0.24, for example

        final Ledger next = Owned.ledger(folder);
        assertThat(next.owned(VipRoutes.KIND)).containsExactly(ONE);
        next.enter(VipRoutes.KIND, List.of(THREE));
        assertThat(Owned.ledger(folder).owned(VipRoutes.KIND)).containsExactly(ONE, THREE);
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

        final Ledger ledger = Owned.ledger(folder);

        assertThat(ledger.owned(VipRoutes.KIND)).containsExactly(ONE, THREE);
        assertThat(ledger.complaints()).singleElement().asString().contains("owned, line 2: ");
    }
}
