package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.Setting;
import io.pointsman.model.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class KubeProxyFlagTest {
    static final List<KubeProxyFlag> FLAGS = KubeProxyFlag.ALL;

    private static AgentConfig parse(String... words) throws ConfigException {
        final CommandSpec spec = CommandSpec.create();
        SettingOptions.add(spec, List.of(Setting.values()));
        SettingOptions.addKubeProxyFlags(spec);
        return SettingOptions.read(new CommandLine(spec).parseArgs(words)).build();
    }

    @Test
    void shouldTakeACommandLineOfKubeProxy() throws Exception {
        final AgentConfig config = parse(
                "--proxy-mode=iptables",
                "--kubeconfig=/etc/kubeconfig",
                "--cluster-cidr=10.42.0.0/16",
                "--hostname-override=Worker-1",
                "--healthz-bind-address=127.0.0.1:10256",
                "--metrics-bind-address",
                "0.0.0.0:10249",
                "--nodeport-addresses=192.0.2.0/24,198.51.100.0/24",
                "--masquerade-all",
                "--iptables-localhost-nodeports=false",
                "--iptables-sync-period=45s",
                "--conntrack-max-per-core=0",
                "--conntrack-tcp-timeout-established=0s",
                "--conntrack-tcp-timeout-close-wait=2m",
                "--conntrack-tcp-be-liberal",
                "--detect-local-mode=BridgeInterface",
                "--pod-bridge-interface=cni0",
                "--feature-gates=A=true",
                "-v=4");

        assertThat(config.toMap())
                .containsEntry("mode", "iptables")
                .containsEntry("kubeconfig", "/etc/kubeconfig")
                .containsEntry("cluster-cidr", "10.42.0.0/16")
                .containsEntry("node", "worker-1")
                .containsEntry("metrics-bind-address", "0.0.0.0:10249")
                .containsEntry("node-port-addresses", "192.0.2.0/24,198.51.100.0/24")
                .containsEntry("masquerade-all", "true")
                .containsEntry("localhost-node-ports", "false")
                .containsEntry("sync-period", "45s")
                .containsEntry("detect-local", "bridge-interface=cni0")
                .containsEntry(
                        "conntrack-sysctls",
                        "net.netfilter.nf_conntrack_tcp_be_liberal=1,"
                                + "net.netfilter.nf_conntrack_tcp_timeout_close_wait=120");
        assertThat(config.notes()).hasSize(2).allSatisfy(note -> assertThat(note)
                .contains(": not applicable: "));
    }

    @Test
    void shouldBeBeatenByTheAgentsOwnFlags() throws Exception {
        assertThat(parse("--hostname-override=a", "--node=b").node()).isEqualTo("b");
        assertThat(parse("--masquerade-all", "false").masqueradeAll()).isFalse();
        assertThat(parse("--masquerade-all=true").masqueradeAll()).isTrue();
    }

    @Test
    void shouldSayWhyOneIsNotTaken() {
        assertThatThrownBy(() -> parse("--cleanup"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--cleanup: is not taken; pointsman cleanup removes what an agent left");
        assertThatThrownBy(() -> parse("--iptables-masquerade-bit=99"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--iptables-masquerade-bit: iptables.masqueradeBit: 99 is not in 0..31");
    }

    @ParameterizedTest
    @FieldSource("FLAGS")
    void shouldBeInTheDocuments(KubeProxyFlag flag) throws IOException {
        assertThat(Files.readAllLines(Path.of("..", "docs", "kube-proxy-configuration.md")))
                .contains(flag.row());
    }
}
