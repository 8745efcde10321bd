package io.pointsman.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.Cidr;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodePortAddresses;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PodDetector;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KubeProxyConfigurationTest {
    private static final String HEAD = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";
    private static final String FLOW_HEAD =
            "{apiVersion: kubeproxy.config.k8s.io/v1alpha1, kind: KubeProxyConfiguration, ";
    private static final long PROCESSORS = Runtime.getRuntime().availableProcessors();

    @TempDir
    private Path folder;

    private AgentConfig read(String text) throws IOException, ConfigException {
        final boolean isFlow = text.startsWith("{");
        return readWhole(isFlow ? FLOW_HEAD + text.substring(1) : HEAD + text, new KubeProxyConfiguration());
    }

    private AgentConfig readWhole(String text, KubeProxyConfiguration flags) throws IOException, ConfigException {
        final AgentConfig.Builder config = AgentConfig.builder();
        ConfigFile.read(Files.writeString(folder.resolve("config.conf"), text), config, flags);
        return config.build();
    }

    private static PlanOptions options(AgentConfig config) {
        return config.planOptions(ModeSemantics.IPTABLES, Set.of(IpFamily.values()));
    }

    @Test
    void shouldTakeWhatKubeadmWrites() throws Exception {
        final String kubeadm;
        try (InputStream in =
                Objects.requireNonNull(getClass().getResourceAsStream("/kubeproxy/kubeadm.yaml"), "kubeadm.yaml")) {
            kubeadm = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }

        final AgentConfig config = readWhole(kubeadm, new KubeProxyConfiguration());

        assertThat(config.mode()).isEqualTo("iptables");
        assertThat(config.notes()).anySatisfy(note -> assertThat(note).startsWith("mode: is empty, which is iptables"));
        assertThat(config.kubeconfig()).hasValue(Path.of("/var/lib/kube-proxy/kubeconfig.conf"));
        assertThat(config.clusterCidrs()).containsExactly(Cidr.parse("10.244.0.0/16"), Cidr.parse("fd00:10:244::/56"));
        assertThat(config.syncPeriod()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.healthzBindAddress().map(InetSocketAddress::getPort)).hasValue(10_256);
        assertThat(config.nodePortAddresses()).isEmpty();
        assertThat(config.localhostNodePorts()).isEmpty();
        assertThat(config.backendSettings()).isEmpty();
        assertThat(config.conntrackSysctls())
                .extracting(ConntrackSysctl::toString)
                .containsExactly(
                        "net.netfilter.nf_conntrack_max=" + Math.max(131_072, 32_768 * PROCESSORS),
                        "net.netfilter.nf_conntrack_tcp_timeout_close_wait=3600",
                        "net.netfilter.nf_conntrack_tcp_timeout_established=86400");
    }

    @Test
    void shouldHonourWhatItSaysInModeIptables() throws Exception {
        final AgentConfig config = read("""
                mode: iptables
                hostnameOverride: " Node-A "
                clientConnection: {kubeconfig: kube.conf, qps: 7.5}
                healthzBindAddress: 10.0.0.1
                metricsBindAddress: "[::1]:9000"
                iptables:
                  masqueradeBit: 20
                  masqueradeAll: true
                  localhostNodePorts: false
                  syncPeriod: 1m30s
                  minSyncPeriod: 250ms
                ipvs: {syncPeriod: 7s, scheduler: sh, strictARP: true}
                nodePortAddresses: [192.0.2.0/24, 2001:db8::/64]
                oomScoreAdj: -998
                conntrack: {maxPerCore: 0, min: 5, tcpEstablishedTimeout: 2h0m0s, tcpCloseWaitTimeout: 0s,
                            tcpBeLiberal: true, udpTimeout: 10s, udpStreamTimeout: 1m}
                """);

        assertThat(config.node()).isEqualTo("node-a");
        assertThat(config.kubeconfig()).hasValue(folder.resolve("kube.conf"));
        assertThat(config.healthzBindAddress().map(InetSocketAddress::getPort)).hasValue(10_256);
        assertThat(config.metricsBindAddress().map(InetSocketAddress::getPort)).hasValue(9000);
        assertThat(config.backendSettings()).containsOnlyKeys("masquerade-bit").containsEntry("masquerade-bit", "20");
        assertThat(config.masqueradeAll()).isTrue();
        assertThat(config.localhostNodePorts()).hasValue(false);
        assertThat(config.syncPeriod()).isEqualTo(Duration.ofSeconds(90));
        assertThat(config.minSyncPeriod()).isEqualTo(Duration.ofMillis(250));
        assertThat(config.nodePortAddresses())
                .hasValue(
                        new NodePortAddresses.Ranges(List.of(Cidr.parse("192.0.2.0/24"), Cidr.parse("2001:db8::/64"))));
        assertThat(config.oomScoreAdj()).hasValue(-998);
        assertThat(config.conntrackSysctls())
                .extracting(ConntrackSysctl::toString)
                .containsExactly(
                        "net.netfilter.nf_conntrack_tcp_be_liberal=1",
                        "net.netfilter.nf_conntrack_tcp_timeout_established=7200",
                        "net.netfilter.nf_conntrack_udp_timeout=10",
                        "net.netfilter.nf_conntrack_udp_timeout_stream=60");
        assertThat(config.notes()).singleElement().asString().startsWith("clientConnection.qps: not applicable: ");
    }

    @Test
    void shouldTakeTheBlockOfItsModeAlone() throws Exception {
        final AgentConfig ipvs = read("""
                mode: ipvs
                iptables: {syncPeriod: 1m, localhostNodePorts: true, masqueradeBit: 3}
                ipvs: {syncPeriod: 7s, minSyncPeriod: 2s, scheduler: sh, strictARP: true}
                conntrack: {maxPerCore: 100000, min: 10}
                """);

        assertThat(ipvs.syncPeriod()).isEqualTo(Duration.ofSeconds(7));
        assertThat(ipvs.minSyncPeriod()).isEqualTo(Duration.ofSeconds(2));
        assertThat(ipvs.localhostNodePorts()).isEmpty();
        assertThat(ipvs.backendSettings())
                .containsEntry("scheduler", "sh")
                .containsEntry("sysctl-strict-arp", "must")
                .containsEntry("masquerade-bit", "3")
                .hasSize(3);
        assertThat(ipvs.conntrackSysctls().getFirst())
                .isEqualTo(new ConntrackSysctl(ConntrackSysctl.MAX, 100_000 * PROCESSORS));
        final AgentConfig userspace = read("{mode: userspace, iptables: {masqueradeBit: 3, syncPeriod: 1m}}");
        assertThat(userspace.backendSettings()).isEmpty();
        assertThat(userspace.conntrackSysctls()).isEmpty();
        assertThat(userspace.syncPeriod()).isEqualTo(Duration.ofSeconds(30));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {detectLocalMode: NodeCIDR, clusterCIDR: 10.0.0.0/8}                                       | node-cidr
            {detectLocalMode: ClusterCIDR, clusterCIDR: 10.0.0.0/8}                                    | cluster-cidr
            {detectLocalMode: BridgeInterface, detectLocal: {bridgeInterface: cni0}}                   | bridge-interface=cni0
            {detectLocalMode: InterfaceNamePrefix, detectLocal: {interfaceNamePrefix: veth}}           | interface-prefix=veth
            """)
    void shouldTellPodsAsItSays(String text, String setting) throws Exception {
        assertThat(read(text).toMap()).containsEntry("detect-local", setting);
    }

    @Test
    void shouldResolvePlansByWhatTellsPods() throws Exception {
        final PlanOptions byNode = options(read("{detectLocalMode: NodeCIDR, clusterCIDR: 10.0.0.0/8}"));
        final PlanOptions byPrefix =
                options(read("{detectLocalMode: InterfaceNamePrefix, detectLocal: {interfaceNamePrefix: veth}}"));

        assertThat(byNode.detectsPodsByNode()).isTrue();
        assertThat(byNode.podRanges()).as("they would win").isEmpty();
        assertThat(byPrefix.podDetector()).hasValue(new PodDetector.ByInterface("veth", true));
    }

    @Test
    void shouldOpenItsPortsInIpv6WhereItIsBoundThere() throws Exception {
        final AgentConfig config = read("{mode: iptables, bindAddress: '::'}");

        assertThat(config.toMap())
                .containsEntry("healthz-bind-address", "[::]:10256")
                .containsEntry("metrics-bind-address", "[::1]:10249");
    }

    @Test
    void shouldTakeWhatModeNftablesHasOfItsOwn() throws Exception {
        final AgentConfig config = read("{mode: nftables, nftables: {masqueradeBit: 9, syncPeriod: 7s},"
                + " iptables: {masqueradeBit: 3, masqueradeAll: true, syncPeriod: 1m}}");
        assertThat(config.mode()).isEqualTo("nftables");
        assertThat(config.backendSettings()).containsEntry("masquerade-bit", "9");
        assertThat(config.masqueradeAll()).isFalse();
        assertThat(config.syncPeriod()).isEqualTo(Duration.ofSeconds(7));
        assertThat(read("{mode: nftables, nftables: {masqueradeAll: true}}").masqueradeAll())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {iptables: {masqueradeBitt: 3}}     | config.conf:1: iptables.masqueradeBitt: unknown field; did you mean iptables.masqueradeBit?
            {Mode: iptables}                    | config.conf:1: Mode: unknown field; did you mean mode?
            {something: else}                   | config.conf:1: something: unknown field
            {mode: kernelspace}                 | mode: kernelspace is a mode of Windows
            {mode: fast}                        | mode: "fast" is none of iptables, ipvs, nftables, userspace
            {iptables: {masqueradeBit: 32}}     | iptables.masqueradeBit: 32 is not in 0..31
            {iptables: {masqueradeBit: -1}}     | iptables.masqueradeBit: "-1" is not a number of 0 or more
            {iptables: {masqueradeAll: maybe}}  | iptables.masqueradeAll: "maybe" is neither true nor false
            {iptables: {syncPeriod: 5}}         | iptables.syncPeriod: "5" is not a duration such as 250ms
            {iptables: {syncPeriod: 1s, minSyncPeriod: 2s}} | min-sync-period: 2s is not in 0..1s
            {iptables: [a]}                     | iptables: not a mapping of fields to values
            {iptables: {masqueradeBit: [1]}}    | iptables.masqueradeBit: not a single value
            {nodePortAddresses: 10.0.0.0/8}     | nodePortAddresses: not a list
            {nodePortAddresses: [10.0.0.0/99]}  | nodePortAddresses: node-port-addresses: "10.0.0.0/99" is refused
            {bindAddressHardFail: true}         | bindAddressHardFail: true is not possible
            {bindAddress: nowhere}              | bindAddress: "nowhere" is not an IP address
            {ipvs: {tcpTimeout: 10s}}           | ipvs.tcpTimeout: "10s": the time-outs of IPVS are the whole host's
            {oomScoreAdj: -1001}                | oomScoreAdj: oom-score-adj: "-1001" is refused: not in -1000..1000
            {configSyncPeriod: soon}            | configSyncPeriod: "soon" is not a duration
            {detectLocalMode: Guess}            | detectLocalMode: "Guess" is none of ClusterCIDR
            {detectLocalMode: BridgeInterface}  | detectLocal.bridgeInterface: is needed for detectLocalMode BridgeInterface
            {detectLocalMode: InterfaceNamePrefix, detectLocal: {interfaceNamePrefix: 'a b'}} | is neither a valid interface name
            {clusterCIDR: 10.0.0.0}             | clusterCIDR: cluster-cidr: "10.0.0.0" is refused
            {hostnameOverride: {a: b}}          | hostnameOverride: not a single value
            """)
    void shouldSayWhatIsWrongByItsPath(String text, String reason) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(ConfigException.class).hasMessageContaining(reason);
    }

    @Test
    void shouldRefuseOtherKindsAndVersions() {
        final KubeProxyConfiguration none = new KubeProxyConfiguration();
        assertThatThrownBy(
                        () -> readWhole("apiVersion: kubeproxy.config.k8s.io/v1\nkind: KubeProxyConfiguration\n", none))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("config.conf:1: apiVersion: only kubeproxy.config.k8s.io/v1alpha1 is known here");
        assertThatThrownBy(() -> readWhole("apiVersion: v1\nkind: Service\n", none))
                .isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> readWhole("apiVersion: kubeproxy.config.k8s.io/v1alpha1\n", none))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("kind: only KubeProxyConfiguration is known here");
    }

    @Test
    void shouldLetFlagsWin() throws Exception {
        final KubeProxyConfiguration flags = new KubeProxyConfiguration();
        flags.put(KubeProxyField.MODE, "ipvs", "--proxy-mode");
        flags.put(KubeProxyField.IPVS_SCHEDULER, "lc", "--ipvs-scheduler");

        final AgentConfig whole = readWhole(HEAD + "mode: iptables\nipvs: {scheduler: sh, syncPeriod: 9s}\n", flags);
        assertThat(whole.mode()).isEqualTo("ipvs");
        assertThat(whole.backendSettings()).containsEntry("scheduler", "lc");
        assertThat(whole.syncPeriod()).isEqualTo(Duration.ofSeconds(9));

        final AgentConfig own = readWhole("sync-period: 40s\n", flags);
        assertThat(own.mode()).isEqualTo("ipvs");
        assertThat(own.syncPeriod()).isEqualTo(Duration.ofSeconds(40));
        assertThat(own.conntrackSysctls())
                .as("kube-proxy's defaults are its file's")
                .isEmpty();

        flags.put(KubeProxyField.MODE, "kernelspace", "--proxy-mode");
        assertThatThrownBy(() -> readWhole("sync-period: 40s\n", flags))
                .hasMessageContaining("--proxy-mode: mode: kernelspace is a mode of Windows");
    }

    @ParameterizedTest
    @EnumSource
    void shouldHaveEachFieldInTheDocuments(KubeProxyField field) throws IOException {
        assertThat(documentation()).contains(field.row());
    }

    @Test
    void shouldHaveNothingElseInTheDocuments() throws IOException {
        assertThat(documentation())
                .filteredOn(line -> line.endsWith(" |") && line.matches("\\| `[A-Za-z.]+` \\| (hon|ref|not).*"))
                .hasSize(KubeProxyField.values().length);
    }

    private static List<String> documentation() throws IOException {
        return Files.readAllLines(Path.of("..", "docs", "kube-proxy-configuration.md"));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "30s,30000", "1m30s,90000", "0.5h,1800000", "250ms,250", "1h0m0s,3600000", "1500us,1"})
    void shouldReadDurationsAsGoWritesThem(String text, long millis) {
        assertThat(GoDuration.parse(text).toMillis()).isEqualTo(millis);
    }

    @ParameterizedTest
    @CsvSource({"5", "s", "-1s", "1 s", "1s1", "1d", "999999999h", "''"})
    void shouldRefuseWhatIsNoDuration(String text) {
        assertThatThrownBy(() -> GoDuration.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
