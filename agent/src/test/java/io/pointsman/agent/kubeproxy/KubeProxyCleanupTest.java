package io.pointsman.agent.kubeproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.kubeproxy.KubeProxyCleanup.Extent;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.program.Programs;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Cleanup on a host of the lab, among other programs' rules. */
class KubeProxyCleanupTest {
    @RegisterExtension
    final LabExtension labs = new LabExtension();

    private LabHost node;

    @BeforeEach
    void needPrograms() throws IOException {
        node = labs.closing(Lab.open()).addHost("node");
        for (String program : List.of("iptables-nft-save", "iptables-legacy-save", "nft")) {
            Assumptions.assumeTrue(
                    node.run("sh", "-c", "command -v " + program).exitCode() == 0, program + " is missing");
        }
    }

    /** Makes iptables-nft create built-in chains, which it does at their first use, and keeps them. */
    private static final String USED_ONCE = """
            *filter
            -A FORWARD -j ACCEPT
            -D FORWARD -j ACCEPT
            COMMIT
            *nat
            -A OUTPUT -j ACCEPT
            -D OUTPUT -j ACCEPT
            COMMIT
            """;

    private void load(Flavour flavour, IpFamily family, String rules) throws IOException {
        node.call(() -> Programs.of("").require(rules, flavour.restore(family), "--noflush"));
    }

    /** Returns every rule, set, table and interface. */
    private List<String> state() throws IOException {
        final List<String> lines = new ArrayList<>();
        for (String program : List.of(
                "iptables-nft-save",
                "ip6tables-nft-save",
                "iptables-legacy-save",
                "ip6tables-legacy-save",
                "nft list ruleset",
                "ipset save",
                "ip -oneline link")) {
            node.run("sh", "-c", program + " 2>/dev/null || true")
                    .output()
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(line -> program + ": " + line.replaceAll("\\[\\d+:\\d+]|counter packets \\d+ bytes \\d+", ""))
                    .sorted()
                    .forEach(lines::add);
        }
        return lines;
    }

    private KubeProxyCleanup.Report run(Extent extent) throws IOException {
        return node.call(() -> KubeProxyCleanup.run(extent, true));
    }

    @Test
    void shouldRemoveTheRulesOfModeIptablesOfBothFlavoursAndFamiliesAndNothingElse() throws IOException {
        for (Flavour flavour : Flavour.values()) {
            for (IpFamily family : IpFamily.values()) {
                load(flavour, family, KubeProxyRules.foreign(family));
                load(flavour, family, USED_ONCE);
            }
        }
        final List<String> before = state();
        for (Flavour flavour : Flavour.values()) {
            for (IpFamily family : IpFamily.values()) {
                load(flavour, family, KubeProxyRules.iptablesMode(family));
            }
        }
        final List<String> withRules = state();

        final KubeProxyCleanup.Report told = run(Extent.LOOK);
        assertThat(state()).isEqualTo(withRules);
        assertThat(told.removed()).hasSize(4 * (9 + 17));

        final KubeProxyCleanup.Report done = run(Extent.REMOVE);
        assertThat(done).isEqualTo(told);
        assertThat(done.failures()).isEmpty();
        assertThat(done.kept()).isEmpty();
        assertThat(state()).isEqualTo(before);
        assertThat(run(Extent.REMOVE).removed()).isEmpty();
    }

    @Test
    void shouldLeaveTheChainsThatAnothersRuleLeadsTo() throws IOException {
        load(Flavour.NFT, IpFamily.IPV4, KubeProxyRules.iptablesMode(IpFamily.IPV4));
        load(Flavour.NFT, IpFamily.IPV4, """
                *nat
                :CNI-HOSTPORT-SETMARK - [0:0]
                -A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j KUBE-MARK-MASQ
                COMMIT
                *filter
                -A INPUT -m comment --comment "of a person" -j KUBE-NODEPORTS
                COMMIT
                """);

        final KubeProxyCleanup.Report done = run(Extent.REMOVE);

        assertThat(done.failures()).isEmpty();
        assertThat(done.kept())
                .containsExactlyInAnyOrder(
                        "iptables nft IPv4 table nat: chain KUBE-MARK-MASQ: a rule of chain CNI-HOSTPORT-SETMARK leads there",
                        "iptables nft IPv4 table nat: chain KUBE-POSTROUTING: it masquerades what KUBE-MARK-MASQ marks",
                        "iptables nft IPv4 table filter: chain KUBE-NODEPORTS: a rule of chain INPUT leads there");
        assertThat(node.run("iptables-nft-save").outputOrFail().lines())
                .contains(
                        "-A POSTROUTING -m comment --comment \"kubernetes postrouting rules\" -j KUBE-POSTROUTING",
                        "-A CNI-HOSTPORT-SETMARK -m comment --comment \"CNI portfwd masquerade mark\" -j KUBE-MARK-MASQ",
                        "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000",
                        "-A INPUT -m comment --comment \"of a person\" -j KUBE-NODEPORTS")
                .noneMatch(line -> line.contains("KUBE-SERVICES") || line.contains("KUBE-SVC"));
    }

    @Test
    void shouldRemoveItsNftablesTablesAndNoOtherOfThatName() throws IOException {
        nft("add table inet kube-proxy; add table ip kube-router; add chain ip kube-router services");
        final List<String> before = state();
        nft("""
                add table ip kube-proxy
                add chain ip kube-proxy services
                add chain ip kube-proxy mark-for-masquerade
                add set ip kube-proxy cluster-ips { type ipv4_addr; elements = { 10.96.0.10 }; }
                add map ip kube-proxy service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
                add element ip kube-proxy service-ips { 10.96.0.10 . tcp . 80 : goto mark-for-masquerade }
                add chain ip kube-proxy nat-prerouting { type nat hook prerouting priority dstnat; policy accept; }
                add rule ip kube-proxy nat-prerouting jump services
                add table ip6 kube-proxy
                add chain ip6 kube-proxy services
                """);
        final List<String> withTables = state();

        final KubeProxyCleanup.Report told = run(Extent.LOOK);
        assertThat(state()).isEqualTo(withTables);
        assertThat(run(Extent.REMOVE)).isEqualTo(told);

        assertThat(told.removed()).containsExactly("nftables table ip kube-proxy", "nftables table ip6 kube-proxy");
        assertThat(state()).isEqualTo(before);
    }

    private void nft(String commands) throws IOException {
        node.call(() -> Programs.of("").require(commands, "nft", "-f", "-"));
    }

    private void needSets() throws IOException {
        Assumptions.assumeTrue(
                node.run("sh", "-c", "ipset create probe hash:ip && ipset destroy probe")
                                .exitCode()
                        == 0,
                "no ipset here");
    }

    @Test
    void shouldRemoveTheSetsRulesAndInterfaceOfModeIpvsAndNobodyElsesSets() throws IOException {
        needSets();
        node.run("ipset", "create", "KUBE-ROUTER-SVIP", "hash:ip").outputOrFail();
        node.run("ipset", "create", "KUBE-NODE-PORT", "bitmap:port", "range", "0-65535")
                .outputOrFail();
        load(Flavour.LEGACY, IpFamily.IPV4, KubeProxyRules.foreign(IpFamily.IPV4));
        final List<String> before = state();
        node.run("ipset", "create", "KUBE-CLUSTER-IP", "hash:ip,port").outputOrFail();
        node.run("ipset", "add", "KUBE-CLUSTER-IP", "10.96.0.10,tcp:80").outputOrFail();
        node.run("ipset", "create", "KUBE-NODE-PORT-TCP", "bitmap:port", "range", "0-65535")
                .outputOrFail();
        node.run("ipset", "create", "KUBE-6-LOAD-BALANCER-SOURCE-CID", "hash:ip,port,net", "family", "inet6")
                .outputOrFail();
        load(Flavour.LEGACY, IpFamily.IPV4, KubeProxyRules.ipvsMode());
        node.addBridge(KubeProxyNames.IPVS_LINK) // a bridge in every kernel; kube-proxy's is a dummy interface
                .addAddress(KubeProxyNames.IPVS_LINK, IpAddress.parse("10.96.0.10"), 32);
        final List<String> withIpvs = state();

        final KubeProxyCleanup.Report told = run(Extent.LOOK);
        assertThat(state()).isEqualTo(withIpvs);
        assertThat(run(Extent.REMOVE)).isEqualTo(told);

        assertThat(told.removed())
                .contains(
                        "interface kube-ipvs0 and its addresses",
                        "ipset KUBE-CLUSTER-IP",
                        "ipset KUBE-NODE-PORT-TCP",
                        "ipset KUBE-6-LOAD-BALANCER-SOURCE-CID");
        assertThat(told.failures()).isEmpty();
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void shouldSayWhatCouldNotBeRemovedAndRemoveTheRest() throws IOException {
        needSets();
        node.run("ipset", "create", "KUBE-CLUSTER-IP", "hash:ip,port").outputOrFail();
        node.run("ipset", "create", "KUBE-LOOP-BACK", "hash:ip,port,ip").outputOrFail();
        load(Flavour.NFT, IpFamily.IPV4, KubeProxyRules.iptablesMode(IpFamily.IPV4));
        load(Flavour.NFT, IpFamily.IPV4, """
                *filter
                -A INPUT -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT
                COMMIT
                """);

        final KubeProxyCleanup.Report done = run(Extent.REMOVE);

        assertThat(done.failures()).singleElement().asString().contains("ipset KUBE-CLUSTER-IP: ", "in use");
        assertThat(done.removed()).contains("ipset KUBE-LOOP-BACK").doesNotContain("ipset KUBE-CLUSTER-IP");
        assertThat(node.run("iptables-nft-save").outputOrFail()).doesNotContain("KUBE-SERVICES");
    }
}
