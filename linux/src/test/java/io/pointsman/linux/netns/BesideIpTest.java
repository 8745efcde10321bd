package io.pointsman.linux.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.Capability;
import io.pointsman.linux.ProcessCapabilities;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Namespaces next to those of {@code ip netns}. Each test has its own mount namespace with an empty /run: a host on which
 * {@code ip netns} was never used.
 */
class BesideIpTest {
    @BeforeAll
    static void needsPrivilege() throws IOException {
        Assumptions.assumeTrue(
                ProcessCapabilities.current().has(Capability.SYS_ADMIN), "making a namespace takes CAP_SYS_ADMIN");
    }

    private static String run(String script) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(
                        "unshare",
                        "--mount",
                        "sh",
                        "-ec",
                        "mount -t tmpfs pointsman-test /run; exec \"$@\"",
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BesideIpMain.class.getName(),
                        script)
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void shouldRemoveWhatWasMadeBeforeAnybodyUsedIpNetns() throws Exception {
        assertThat(run("ip netns add theirs; ip netns exec theirs true; ip netns del theirs"))
                .isEqualTo("left: []\n");
    }

    @Test
    void shouldWorkBesideALoopOfIpNetns() throws Exception {
        assertThat(run("for i in 1 2 3 4 5 6 7 8 9 10; do"
                        + " ip netns add t$i; ip netns exec t$i ip link set lo up; ip netns del t$i; done"))
                .isEqualTo("left: []\n");
    }

    @Test
    void shouldWorkWhereIpNetnsWasFirst() throws Exception {
        assertThat(run("ip netns add theirs")).isEqualTo("left: [theirs]\n");
    }
}
