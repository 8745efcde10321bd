package io.pointsman.spi.userspace.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.Capability;
import io.pointsman.linux.ProcessCapabilities;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostCapabilitiesTest {
    private static final String MISSING = "the program nft is missing, install the package nftables";

    /** Program that prints the capabilities of a process in its environment. */
    public static final class Probe {
        public static void main(String[] args) {
            final HostCapabilities means = HostCapabilities.probe(true);
            System.out.println(means.reason());
            System.out.println(means.sourceLoss());
        }
    }

    @Test
    void shouldSayOnceThatNftIsMissingAndWhatToInstall(@TempDir Path empty) throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                ProcessCapabilities.current().has(Capability.NET_ADMIN), "without CAP_NET_ADMIN nft is not asked");
        final ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Probe.class.getName());
        builder.environment().put("PATH", empty.toString());
        final Process process =
                builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        final List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();

        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst())
                .containsOnlyOnce(MISSING)
                .containsOnlyOnce("nft table")
                .doesNotContain("Cannot run program");
        assertThat(lines.getLast()).isEqualTo(MISSING);
    }
}
