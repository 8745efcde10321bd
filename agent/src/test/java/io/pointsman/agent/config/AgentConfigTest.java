package io.pointsman.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.Cidr;
import io.pointsman.model.ConfigException;
import io.pointsman.plan.ExternalIps;
import io.pointsman.plan.NodePortAddresses;
import io.pointsman.plan.NodePortRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentConfigTest {
    @TempDir
    private Path folder;

    @Test
    void shouldTakeAKubeconfigInPlaceOfAManifest() throws IOException, ConfigException {
        final AgentConfig config = read("kubeconfig: admin.conf");

        assertThat(config.kubeconfig()).hasValue(folder.resolve("admin.conf"));
        assertThat(config.toText())
                .contains("kubeconfig: " + folder.resolve("admin.conf"))
                .doesNotContain("manifest:");
        assertThatThrownBy(() -> read("{kubeconfig: admin.conf, manifest: services.yaml}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("manifest, kubeconfig");
    }

    @Test
    void shouldTakeEverySettingWhenAFileGivesIt() throws IOException, ConfigException {
        final AgentConfig config = read("""
                mode: auto
                node: here
                manifest: services/all.yaml
                cluster-cidr: [10.0.0.0/8, fd00::/16]
                node-port-addresses: primary
                masquerade-all: true
                localhost-node-ports: false
                service-node-port-range: 30000-30100
                external-ips: refuse
                egress: 10.1.0.0/16=10.1.0.1
                healthz-bind-address: off
                metrics-bind-address: "[::1]:9000"
                min-sync-period: 0
                sync-period: 2m
                backend.max-connections: 10
                backend:
                  transport: nio
                """);

        assertThat(config.mode()).isEqualTo(AgentConfig.AUTO);
        assertThat(config.node()).isEqualTo("here");
        assertThat(config.manifest()).hasValue(folder.resolve("services/all.yaml"));
        assertThat(config.clusterCidrs()).containsExactly(Cidr.parse("10.0.0.0/8"), Cidr.parse("fd00::/16"));
        assertThat(config.nodePortAddresses()).hasValue(new NodePortAddresses.Primary());
        assertThat(config.masqueradeAll()).isTrue();
        assertThat(config.localhostNodePorts()).hasValue(false);
        assertThat(config.nodePortRange()).isEqualTo(new NodePortRange(30_000, 30_100));
        assertThat(config.externalIps()).isEqualTo(ExternalIps.REFUSE);
        assertThat(config.egress()).hasSize(1);
        assertThat(config.healthzBindAddress()).isEmpty();
        assertThat(config.metricsBindAddress().orElseThrow().getPort()).isEqualTo(9000);
        assertThat(config.minSyncPeriod()).isEqualTo(Duration.ZERO);
        assertThat(config.syncPeriod()).isEqualTo(Duration.ofMinutes(2));
        assertThat(config.backendSettings())
                .containsOnlyKeys("max-connections", "transport")
                .containsEntry("transport", "nio");
    }

    @Test
    void shouldReadBackWhatItWritesWhenEverythingIsSet() throws IOException, ConfigException {
        final AgentConfig config = read("""
                node: here
                manifest: /etc/services
                cluster-cidr: 10.0.0.0/8
                service-cidr: 10.96.0.0/12
                node-port-addresses: 192.0.2.0/24
                localhost-node-ports: true
                service-node-port-range: 1-65535
                external-ips: refuse
                egress: 10.1.0.0/16=10.1.0.1
                detect-local: interface-prefix=veth
                conntrack-sysctls: [net.netfilter.nf_conntrack_max=131072, net.netfilter.nf_conntrack_udp_timeout=10]
                conntrack-sysctl-policy: must
                oom-score-adj: -999
                state-directory: /var/lib/x
                backend.a: b
                """);

        assertThat(read(config.toText())).isEqualTo(config);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            speed: fast               | agent.yaml:1: unknown key "speed"; known: mode, node, manifest
            masquerade-all: yes       | agent.yaml:1: masquerade-all: "yes" is refused: neither true nor false
            cluster-cidr: 10.0.0.0/99 | agent.yaml:1: cluster-cidr: "10.0.0.0/99" is refused: prefix length
            cluster-cidr: 10.0.0.0    | "10.0.0.0" is one address; a range ends in its length, /16 or /32 for instance
            service-cidr: fd00::1     | "fd00::1" is one address; a range ends in its length, /64 or /128 for instance
            sync-period: 5            | agent.yaml:1: sync-period: "5" is refused: not a duration such as
            sync-period: 0            | sync-period: 0s is not more than 0
            min-sync-period: 1h       | min-sync-period: 3600s is not in 0..30s
            metrics-bind-address: x:1 | not an IP address: "x"
            metrics-bind-address: 1.2.3.4:99999 | port 99999 is not in 0..65535
            external-ips: some        | agent.yaml:1: external-ips: "some" is refused: neither accept nor refuse
            service-node-port-range: 30000 | "30000" is not a range of ports such as 30000-32767
            service-node-port-range: 9-8   | node ports 9-8 are no range within 1-65535
            egress: 10.0.0.0/8        | is not CIDR=ADDRESS
            detect-local: somehow     | none of cluster-cidr, node-cidr, bridge-interface=NAME, interface-prefix=PREFIX
            conntrack-sysctls: net.ipv4.ip_forward=1 | is not a parameter of connection tracking
            conntrack-sysctls: net.netfilter.nf_conntrack_max | is not NAME=NUMBER
            conntrack-sysctl-policy: may | none of must, try, skip
            '{dashboard: true, metrics-bind-address: off}' | dashboard, metrics-bind-address: the page is on the metrics port
            dashboard: maybe | dashboard: "maybe" is refused
            oom-score-adj: low        | oom-score-adj: "low" is refused
            oom-score-adj: 9999999999 | oom-score-adj: "9999999999" is refused: not a whole number of at most 2147483647
            service-metrics: ''       | service-metrics: "" is refused: not a whole number
            mode: {a: b}              | agent.yaml:1: mode: not a single value
            node: ~                   | agent.yaml:1: node: ~ is no value; leave the key out for its default
            node: null                | agent.yaml:1: node: null is no value; leave the key out for its default
            backend: {mark-bit: {}}   | agent.yaml:1: backend.mark-bit: not a single value
            '{mode: auto, mode: auto}' | agent.yaml:1: mode: is given twice
            '{backend.a: 1, backend: {a: 2}}' | agent.yaml:1: backend.a: is given twice
            manifest: ""              | agent.yaml:1: manifest: "" is refused: no path; give FILE|DIR
            state-directory: []       | agent.yaml:1: state-directory: "" is refused: no path; give DIR
            'manifest: "\\0"'         | is refused: Nul character not allowed
            '- mode'                  | agent.yaml:1: not a mapping of keys to values
            'mode: ['                 | agent.yaml:1 is not YAML
            """)
    void shouldSayWhatIsWrongWhereWhenAFileIsRefused(String text, String reason) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(ConfigException.class).hasMessageContaining(reason);
    }

    @Test
    void shouldNameTheFileWhenItCantBeRead() throws IOException {
        assertThatThrownBy(() -> ConfigFile.read(folder.resolve("none.yaml"), AgentConfig.builder()))
                .isInstanceOf(ConfigException.class)
                .hasMessageEndingWith("none.yaml: there is no such file");
        assertThatThrownBy(() -> ConfigFile.read(folder, AgentConfig.builder()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(folder + " can't be read");
        final Path latin = Files.write(folder.resolve("latin.yaml"), new byte[] {'#', (byte) 0xE4});
        assertThatThrownBy(() -> ConfigFile.read(latin, AgentConfig.builder()))
                .isInstanceOf(ConfigException.class)
                .hasMessageEndingWith("latin.yaml is not UTF-8");
    }

    @Test
    void shouldRefuseAFileThatIsNestedTooDeeply() {
        assertThatThrownBy(() -> read("node: here\nmode: " + "[".repeat(16) + "x" + "]".repeat(16)))
                .isInstanceOf(ConfigException.class)
                .hasMessageEndingWith(":2: more than 16 lists and mappings inside one another");
    }

    @Test
    void shouldHaveAWorkingDefaultWhenNothingIsSet() throws ConfigException {
        final AgentConfig config = AgentConfig.builder().build();

        assertThat(config.mode()).isEqualTo("userspace");
        assertThat(config.node()).isNotBlank();
        assertThat(config.clusterCidrs()).isEqualTo(List.of());
        assertThat(config.nodePortRange()).isEqualTo(new NodePortRange(30_000, 32_767));
        assertThat(config.externalIps()).isEqualTo(ExternalIps.ACCEPT);
    }

    @Test
    void shouldTellWhatOfANewerOneNeedsARestart() throws IOException, ConfigException {
        final AgentConfig before = read("{node: a, mode: userspace, cluster-cidr: 10.0.0.0/8, backend.a: b}");
        final AgentConfig newer = read("{node: a, mode: ipvs, cluster-cidr: 10.1.0.0/16, healthz-bind-address: off,"
                + " backend.a: c, backend.d: e, sync-period: 5s}");

        assertThat(before.restartsFor(newer)).containsExactly("mode", "healthz-bind-address", "backend.a", "backend.d");
        final AgentConfig adopted = before.withLive(newer);
        assertThat(adopted.mode()).isEqualTo("userspace");
        assertThat(adopted.backendSettings()).isEqualTo(before.backendSettings());
        assertThat(adopted.clusterCidrs()).isEqualTo(newer.clusterCidrs());
        assertThat(adopted.syncPeriod()).isEqualTo(Duration.ofSeconds(5));
        assertThat(before.restartsFor(before)).isEmpty();
        for (Setting setting : Setting.values()) {
            assertThat(SettingText.of(setting, adopted))
                    .as("%s", setting)
                    .isEqualTo(SettingText.of(setting, setting.isLive() ? newer : before));
        }
    }

    private AgentConfig read(String text) throws IOException, ConfigException {
        final Path file = folder.resolve("agent.yaml");
        Files.writeString(file, text);
        final AgentConfig.Builder config = AgentConfig.builder();
        ConfigFile.read(file, config);
        return config.build();
    }
}
