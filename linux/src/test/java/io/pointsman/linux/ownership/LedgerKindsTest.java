package io.pointsman.linux.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerKindsTest {
    private static final Kind<IpAddress> ROUTE =
            new Kind<>(IpAddress.class, "route", IpAddress::toString, IpAddress::parse);
    private static final Kind<String> LINK = new Kind<>(String.class, "link", Function.identity(), Function.identity());
    private static final IpAddress ONE = IpAddress.parse("10.96.0.1");
    private static final IpAddress TWO = IpAddress.parse("10.96.0.2");

    @TempDir
    private Path folder;

    @Test
    void shouldTellKindsApartAfterARestart() throws IOException {
        final Ledger first = Ledger.open(folder, ROUTE, LINK);
        first.enter(ROUTE, List.of(ONE, TWO));
        first.enter(LINK, List.of("10.96.0.1"));
        first.strike(ROUTE, List.of(ONE));

        final Ledger next = Ledger.open(folder, ROUTE, LINK);
        assertThat(next.owned(ROUTE)).containsExactly(TWO);
        assertThat(next.owned(LINK)).containsExactly("10.96.0.1");
        assertThat(next.owns(ROUTE, TWO)).isTrue();
        assertThat(next.owns(ROUTE, ONE)).isFalse();
        assertThat(Files.readAllLines(folder.resolve("owned"))).contains("+ route 10.96.0.2", "+ link 10.96.0.1");
    }

    @Test
    void shouldKeepAndTellOfLinesOfNoKindThatItKnows() throws IOException {
        Files.writeString(folder.resolve("owned"), "+ route 10.96.0.1\n+ route 10.96.0.x\n+ table inet\n");

        final Ledger ledger = Ledger.open(folder, ROUTE, LINK);

        assertThat(ledger.owned(ROUTE)).containsExactly(ONE);
        assertThat(ledger.complaints())
                .hasSize(2)
                .last()
                .asString()
                .contains("line 3", "not understood: \"table inet\"");
        ledger.clear();
        assertThat(Files.readString(folder.resolve("owned")))
                .contains("+ table inet")
                .doesNotContain("10.96.0.1");
    }

    @Test
    void shouldWriteAnOnlyKindWithoutAWord() throws IOException {
        final Kind<String> only = new Kind<>(String.class, "", Function.identity(), Function.identity());
        Ledger.open(folder, only).enter(only, List.of("a thing"));

        assertThat(Files.readAllLines(folder.resolve("owned"))).contains("+ a thing");
        assertThat(Ledger.open(folder, only).owned(only)).containsExactly("a thing");
    }

    @Test
    void shouldTakeOneWordForAKind() {
        assertThatThrownBy(() -> new Kind<>(String.class, "two words", Function.identity(), Function.identity()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
