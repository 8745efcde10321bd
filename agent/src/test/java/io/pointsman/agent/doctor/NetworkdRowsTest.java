package io.pointsman.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkdRowsTest {
    @TempDir
    Path root;

    @BeforeEach
    void runSomethingElse() throws IOException {
        write("proc/1/comm", "systemd\n");
        Files.createDirectories(root.resolve("proc/17")); // a process that ended before its name was read
    }

    @Test
    void shouldAskForNothingWhenItIsNotAtWork() throws IOException {
        assertThat(level("userspace")).isEqualTo(Row.Level.FINE);
    }

    @Test
    void shouldAskForTheSettingWhenItIsAtWork() throws IOException {
        start();
        write("etc/systemd/networkd.conf", "[Network]\n#ManageForeignRoutingPolicyRules=no\n");
        assertThat(level("userspace")).isEqualTo(Row.Level.TO_DO);
        assertThat(level("nftables")).isEqualTo(Row.Level.NOTE);
    }

    @Test
    void shouldBeContentWhenItLeavesRulesAlone() throws IOException {
        start();
        write("etc/systemd/networkd.conf", "[Network]\nManageForeignRoutingPolicyRules = No\n");
        assertThat(level("userspace")).isEqualTo(Row.Level.FINE);
    }

    @Test
    void shouldTakeTheSettingFromItsOwnSectionOnly() throws IOException {
        start();
        write("etc/systemd/networkd.conf", "[DHCPv4]\nManageForeignRoutingPolicyRules=no\n");
        assertThat(level("userspace")).isEqualTo(Row.Level.TO_DO);
    }

    @Test
    void shouldPassOverTheVendorsFileWhenTheHostHasOne() throws IOException {
        start();
        write("usr/lib/systemd/networkd.conf", "[Network]\nManageForeignRoutingPolicyRules=no\n");
        assertThat(level("userspace")).isEqualTo(Row.Level.FINE);
        write("etc/systemd/networkd.conf", "[Network]\n");
        assertThat(level("userspace")).isEqualTo(Row.Level.TO_DO);
    }

    @Test
    void shouldTakeTheLastDropIn() throws IOException {
        start();
        write("etc/systemd/networkd.conf", "[Network]\nManageForeignRoutingPolicyRules=yes\n");
        write("etc/systemd/networkd.conf.d/20-own.conf", "[Network]\nManageForeignRoutingPolicyRules=no\n");
        write("usr/lib/systemd/networkd.conf.d/10-vendor.conf", "[Network]\nManageForeignRoutingPolicyRules=yes\n");
        assertThat(level("userspace")).isEqualTo(Row.Level.FINE);
        write("run/systemd/networkd.conf.d/30-later.conf", "[Network]\nManageForeignRoutingPolicyRules=yes\n");
        assertThat(level("userspace")).isEqualTo(Row.Level.TO_DO);
        write("etc/systemd/networkd.conf.d/30-later.conf", "");
        assertThat(level("userspace")).isEqualTo(Row.Level.FINE);
    }

    private void start() throws IOException {
        write("proc/512/comm", "systemd-network\n");
    }

    private void write(String file, String text) throws IOException {
        final Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private Row.Level level(String mode) throws IOException {
        final Rows rows = new Rows("routing rules");
        new NetworkdRows(root, mode).look(rows);
        assertThat(rows.list()).hasSize(1);
        return rows.list().getFirst().level();
    }
}
