package io.pointsman.linux.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.Sysctl;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.testing.Namespaces;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class OwnedSysctlsTest {
    private static final Sysctl ANNOUNCE = Sysctl.must("net.ipv4.conf.all.arp_announce", "2");
    private static final Sysctl IGNORE = Sysctl.must("net.ipv4.conf.all.arp_ignore", "1");

    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    @TempDir
    private Path folder;

    @Test
    void shouldPutBackWhatWasThereBeforeItsFirstTime() throws IOException {
        namespaces.create().call(() -> {
            Sysctl.apply(List.of(Sysctl.must(ANNOUNCE.key(), "1"), Sysctl.must(IGNORE.key(), "0")));
            new OwnedSysctls(Ledger.open(folder)).set(List.of(ANNOUNCE, IGNORE), Set.of(IGNORE.key()));
            new OwnedSysctls(Ledger.open(folder)).set(List.of(ANNOUNCE, IGNORE), Set.of(IGNORE.key()));
            assertThat(Sysctl.read(ANNOUNCE.key())).contains("2");

            final OwnedSysctls later = new OwnedSysctls(Ledger.open(folder));
            final String line = "sysctl net.ipv4.conf.all.arp_announce back to 1";
            assertThat(later.restore(true)).containsExactly(line);
            assertThat(Sysctl.read(ANNOUNCE.key())).contains("2");
            assertThat(later.restore(false)).containsExactly(line);
            assertThat(Sysctl.read(ANNOUNCE.key())).contains("1");
            assertThat(Sysctl.read(IGNORE.key())).contains("1");
            assertThat(later.restore(false)).isEmpty();
            return Optional.empty();
        });
    }

    @Test
    void shouldEnterNothingThatItOnlyLooksAtOrThatIsSoAlready() throws IOException {
        final Ledger ledger = Ledger.open(folder);
        namespaces.create().call(() -> {
            Sysctl.apply(List.of(ANNOUNCE));
            new OwnedSysctls(ledger)
                    .set(List.of(ANNOUNCE, Sysctl.skip(IGNORE.key(), "1"), Sysctl.attempt("net.ipv4.none_such", "1")));
            return Optional.empty();
        });

        assertThat(ledger.sysctlsBefore()).isEmpty();
    }
}
