package io.pointsman.agent.kubeproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.kubeproxy.KubeProxyCleanup.Extent;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.program.Programs;
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

/** All that mode ipvs leaves, virtual servers included, among other programs' objects; for a kernel with IPVS. */
public class KubeProxyVirtualServersTest {
    @RegisterExtension
    final LabExtension labs = new LabExtension();

    private LabHost node;

    @BeforeEach
    void needVirtualServers() throws IOException {
        node = labs.closing(Lab.open()).addHost("node");
        Assumptions.assumeTrue(
                node.run("ipvsadm", "--save", "--numeric").exitCode() == 0, "no IPVS in this kernel, or no ipvsadm");
    }

    private void sh(String commands) throws IOException {
        node.run("sh", "-ec", commands).outputOrFail();
    }

    private void load(String rules) throws IOException {
        node.call(() -> Programs.of("").require(rules, Flavour.LEGACY.restore(IpFamily.IPV4), "--noflush"));
    }

    /** Returns all objects of each kind. */
    private List<String> state() throws IOException {
        final List<String> state = new ArrayList<>();
        for (String command : List.of(
                "iptables-legacy-save | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'",
                "ipset save",
                "ipvsadm --save --numeric | sort",
                "ip -o address show | sed 's/valid_lft.*//'",
                "ip -o link show | sed 's/qlen.*//'")) {
            state.addAll(node.run("sh", "-c", command).outputOrFail().lines().toList());
        }
        return state;
    }

    private KubeProxyCleanup.Report run(Extent extent) throws IOException {
        return node.call(() -> KubeProxyCleanup.run(extent, true));
    }

    @Test
    void shouldRemoveExactlyWhatModeIpvsLeft() throws IOException {
        sh("""
                ip link add dummy7 type dummy
                ip addr add 192.0.2.80/32 dev dummy7
                ipset create someones hash:ip,port
                ipset add someones 192.0.2.80,tcp:80
                ipvsadm -A -t 192.0.2.80:80 -s wlc
                ipvsadm -a -t 192.0.2.80:80 -r 10.244.9.9:80 -m
                ipvsadm -A -u 192.0.2.80:30080 -s wlc
                ipvsadm -A -f 7 -s wlc
                """);
        load(KubeProxyRules.foreign(IpFamily.IPV4));
        final List<String> before = state();
        sh("""
                ip link add kube-ipvs0 type dummy
                ip addr add 10.96.0.10/32 dev kube-ipvs0
                ip addr add 10.96.0.53/32 dev kube-ipvs0
                ipset create KUBE-CLUSTER-IP hash:ip,port
                ipset add KUBE-CLUSTER-IP 10.96.0.10,tcp:80
                ipset create KUBE-NODE-PORT-TCP bitmap:port range 0-65535
                ipset add KUBE-NODE-PORT-TCP 30080
                ipset create KUBE-IPVS-IPS hash:ip
                ipset add KUBE-IPVS-IPS 10.96.0.10
                ipvsadm -A -t 10.96.0.10:80 -s rr
                ipvsadm -a -t 10.96.0.10:80 -r 10.244.1.5:8080 -m
                ipvsadm -A -u 10.96.0.53:53 -s rr -p 10800
                ipvsadm -A -t 10.240.0.4:30080 -s rr
                """);
        load(KubeProxyRules.ipvsMode());
        final List<String> left = state();

        final KubeProxyCleanup.Report told = run(Extent.LOOK);
        assertThat(state()).isEqualTo(left);
        assertThat(run(Extent.REMOVE)).isEqualTo(told);

        assertThat(told.failures()).isEmpty();
        assertThat(told.removed())
                .contains(
                        "virtual server -t 10.96.0.10:80",
                        "virtual server -u 10.96.0.53:53",
                        "virtual server -t 10.240.0.4:30080",
                        "interface kube-ipvs0 and its addresses",
                        "ipset KUBE-CLUSTER-IP",
                        "ipset KUBE-NODE-PORT-TCP",
                        "ipset KUBE-IPVS-IPS");
        assertThat(state()).isEqualTo(before);
        assertThat(run(Extent.LOOK).removed()).isEmpty();
    }
}
