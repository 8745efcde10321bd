package io.pointsman.spi.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real packets through another program's table whose chains have our priorities, higher ones and lower ones. */
class ForeignTablesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final IpAddress NODE_TO_POD = IpAddress.parse("10.1.0.2");
    private static final IpAddress POD = IpAddress.parse("10.1.0.1");
    private static final IpAddress CLIENT = IpAddress.parse("192.168.7.1");
    private static final IpAddress NODE_TO_CLIENT = IpAddress.parse("192.168.7.2");
    private static final IpAddress OURS = IpAddress.parse("10.96.0.1");
    private static final IpAddress THEIRS = IpAddress.parse("10.96.0.2");
    private static final String FOREIGN = """
            table ip theirs {
              counter kept { }
              chain nat-first {
                type nat hook prerouting priority -150; policy accept;
                ip daddr 10.96.0.2 udp dport 80 dnat to 10.1.0.1:8081
              }
              chain nat-beside { type nat hook prerouting priority -100; policy accept; accept; }
              chain source-beside { type nat hook postrouting priority 100; policy accept; accept; }
              chain marks { type filter hook prerouting priority -110; policy accept; meta mark set mark | 0x1; }
              chain filter-beside { type filter hook forward priority 0; policy accept; ct state new accept; }
              chain watch {
                type filter hook postrouting priority 200; policy accept;
                ip daddr 10.1.0.1 meta mark & 0x4001 == 0x1 counter name kept
              }
            }
            """;

    /** Time at which the foreign table is created. */
    enum Order {
        BEFORE_OURS,
        AFTER_OURS
    }

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    Path folder;

    private static Rule rule(String name, IpAddress vip) {
        final ServicePortName owner = Plans.owner(name, Protocol.UDP);
        return Plans.usual(
                Plans.clusterIp(owner, vip.toString(), 80),
                Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, POD + ",8080"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldServeAndKeepTheirMarkWhileTheirDnatGoesFirst(Order order) throws Exception {
        final Lab lab = labs.closing(Lab.open());
        final LabHost node = lab.addHost("node").forward();
        final LabHost pod = lab.addHost("pod");
        final LabHost client = lab.addHost("client");
        lab.connect(node, "pods", pod, "eth0");
        lab.connect(node, "eth0", client, "eth0");
        node.addAddress("pods", NODE_TO_POD, 24).addAddress("eth0", NODE_TO_CLIENT, 24);
        pod.addAddress("eth0", POD, 24).route(Cidr.parse("0.0.0.0/0"), NODE_TO_POD);
        client.addAddress("eth0", CLIENT, 24).route(Cidr.parse("0.0.0.0/0"), NODE_TO_CLIENT);
        pod.serveEcho(Protocol.UDP, POD, 8080);
        pod.serveEcho(Protocol.UDP, POD, 8081);
        if (order == Order.BEFORE_OURS) {
            node.run("nft", FOREIGN).outputOrFail();
        }
        final ForwardingPlan plan = Plans.plan(1, List.of(rule("ours", OURS), rule("theirs", THEIRS)));
        try (Backend backend = open(node)) {
            node.call(() -> backend.apply(plan, PlanDelta.whole(plan)));
            if (order == Order.AFTER_OURS) {
                node.run("nft", FOREIGN).outputOrFail();
            }
            final ProbeResult.Answered ours = answer(client, OURS);
            assertThat(ours.localPort()).isEqualTo(8080);
            assertThat(ours.peer()).as("source rewritten, for it is no pod's").isEqualTo(NODE_TO_POD);
            assertThat(kept(node)).as("packets with their bit and without ours").isEqualTo(1);
            assertThat(answer(client, THEIRS).localPort()).isEqualTo(8081);
            assertThat(node.call(() -> backend.audit().findings())).isEmpty();
        }
        assertThat(node.run("nft", "list", "table", "ip", "theirs").outputOrFail())
                .contains("nat-first", "nat-beside", "watch");
    }

    private Backend open(LabHost node) throws BackendException {
        return node.call(() -> new NftablesProvider().open(new BackendConfig(folder, Map.of("watch-seconds", "0"))));
    }

    private static ProbeResult.Answered answer(LabHost client, IpAddress vip) {
        final ProbeResult result = client.send(Probe.udp(vip, 80).within(PATIENCE));
        return result.answer().orElseThrow(() -> new AssertionError(vip + ": " + result));
    }

    private static long kept(LabHost node) throws IOException {
        final String text = node.run("nft", "list counter ip theirs kept").outputOrFail();
        return Long.parseLong(text.replaceAll("(?s).*packets (\\d+).*", "$1"));
    }
}
