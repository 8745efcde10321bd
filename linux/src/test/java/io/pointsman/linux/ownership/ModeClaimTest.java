package io.pointsman.linux.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ModeClaimTest {
    private static final long OWN = ProcessHandle.current().pid();
    private static final String KIND = "claim-test-" + OWN;
    private static final long PATIENCE_NANOS = 60_000_000_000L;
    private static final Path RECORDS = Path.of("/var/lib/düne");

    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    @Test
    void shouldBeOneAloneUntilClosed() throws IOException {
        assertThat(ModeClaim.of(KIND)).isEmpty();
        final ModeClaim first = ModeClaim.take(KIND, RECORDS).orElseThrow();
        assertThat(ModeClaim.take(KIND, RECORDS)).isEmpty();
        final ModeClaim.Holder holder = ModeClaim.of(KIND).orElseThrow();
        assertThat(holder.pid()).isEqualTo(OWN);
        assertThat(holder.isTrusted()).isTrue();
        assertThat(holder.since()).isPresent();
        assertThat(holder.records()).hasValue(RECORDS.toString());
        assertThat(ModeClaim.of(KIND + "-other")).isEmpty();

        first.close();
        first.close();
        assertThat(ModeClaim.of(KIND)).isEmpty();
        ModeClaim.take(KIND, RECORDS).orElseThrow().close();
    }

    @Test
    void shouldSayTheEndOfALongPath() throws IOException {
        final String end = "/ü".repeat(20) + "/state";
        try (ModeClaim _ =
                ModeClaim.take(KIND, Path.of("/folder".repeat(50) + end)).orElseThrow()) {
            assertThat(ModeClaim.of(KIND).orElseThrow().records().orElseThrow())
                    .startsWith("…")
                    .endsWith("/state");
        }
    }

    @Test
    void shouldAnswerHoweverOftenItIsAsked() throws IOException {
        try (ModeClaim _ = ModeClaim.take(KIND, RECORDS).orElseThrow()) {
            final long startNanos = System.nanoTime();
            int answers = 0;
            while (answers < 1_000 && System.nanoTime() - startNanos < PATIENCE_NANOS) {
                answers += ModeClaim.of(KIND).isPresent() ? 1 : 0; // it may be slower than we ask
            }
            assertThat(answers).isEqualTo(1_000);
        }
    }

    @Test
    void shouldBeOneInEachNetworkNamespace() throws IOException {
        final NetworkNamespace here = namespaces.create();
        final NetworkNamespace elsewhere = namespaces.create();
        try (ModeClaim _ = here.call(() -> ModeClaim.take(KIND, RECORDS)).orElseThrow()) {
            assertThat(here.call(() -> ModeClaim.take(KIND, RECORDS))).isEmpty();
            elsewhere.call(() -> ModeClaim.take(KIND, RECORDS)).orElseThrow().close();
        }
    }
}
