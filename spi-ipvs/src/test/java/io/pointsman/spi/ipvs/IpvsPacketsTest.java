package io.pointsman.spi.ipvs;

import static io.pointsman.spi.ipvs.Plans.VIP;
import static io.pointsman.spi.ipvs.Plans.web;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.testkit.lab.EchoServer;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tests of packets, beyond the contract. */
@ExtendWith(LabExtension.class)
class IpvsPacketsTest {

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    @Test
    void shouldNotExposeTheNodesOwnPortsOnAVip() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of());
                EchoServer _ = lab.node().serveEcho(Protocol.TCP, IpAddress.parse("0.0.0.0"), 22);
                EchoServer _ = lab.pod1().serveEcho(Protocol.TCP, IpvsNode.POD_1, 8080)) {
            lab.apply(Plans.plan(
                    1,
                    web("10.180.0.1,8080").build(),
                    Plans.rule("lb", Protocol.TCP, "203.0.113.99", 80, "10.180.0.1,8080")
                            .kind(FrontendKind.LOAD_BALANCER)
                            .build()));

            for (IpAddress vip : List.of(VIP, IpAddress.parse("203.0.113.99"))) {
                assertThat(lab.client().send(Probe.tcp(vip, 80)).answer()).isPresent();
                assertThat(lab.client().send(Probe.tcp(vip, 22))).isInstanceOf(ProbeResult.Refused.class);
                assertThat(lab.node().send(Probe.tcp(vip, 22))).isInstanceOf(ProbeResult.Refused.class);
            }
            assertThat(lab.client().send(Probe.tcp(Plans.NODE, 22)).answer()).isPresent();
        }
    }

    @Test
    void shouldNotExposeTheNodesDatagramPortsOnAVip() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of());
                EchoServer _ = lab.node().serveEcho(Protocol.UDP, IpAddress.parse("0.0.0.0"), 53);
                EchoServer _ = lab.pod1().serveEcho(Protocol.UDP, IpvsNode.POD_1, 5353)) {
            lab.apply(Plans.plan(
                    1,
                    Plans.rule("dns", Protocol.UDP, VIP.toString(), 5353, "10.180.0.1,5353")
                            .build()));

            assertThat(lab.client().send(Probe.udp(VIP, 5353)).answer()).isPresent();
            assertThat(lab.client().send(Probe.udp(VIP, 53))).isInstanceOf(ProbeResult.Refused.class);
            assertThat(lab.client().send(Probe.udp(Plans.NODE, 53)).answer()).isPresent();
        }
    }

    @Test
    void shouldAnswerArpForAVipUnlessItIsStrict() throws Exception {
        for (String policy : List.of("skip", "must")) {
            try (IpvsNode lab = IpvsNode.open(folder.resolve(policy), Map.of("sysctl-strict-arp", policy));
                    EchoServer _ = lab.pod1().serveEcho(Protocol.TCP, IpvsNode.POD_1, 8080)) {
                lab.apply(Plans.plan(1, web("10.180.0.1,8080").build()));
                lab.client().route(Cidr.of(VIP), "eth0"); // as if the VIP were a neighbour's

                final ProbeResult result = lab.client().send(Probe.tcp(VIP, 80).within(Duration.ofSeconds(5)));
                if (policy.equals("skip")) {
                    assertThat(result).isInstanceOf(ProbeResult.Answered.class);
                } else {
                    assertThat(result).isNotInstanceOf(ProbeResult.Answered.class);
                    assertThat(lab.client()
                                    .run("ip", "neigh", "show", VIP.toString())
                                    .output())
                            .doesNotContain("lladdr");
                }
            }
        }
    }

    @Test
    void shouldDropOrFallBackWhereNoEndpointIsLocal() throws Exception {
        final Rule rule = web("10.180.0.1,8080")
                .kind(FrontendKind.EXTERNAL_IP)
                .external(Action.DROP)
                .build();
        for (String policy : List.of("drop", "fallback")) {
            try (IpvsNode lab = IpvsNode.open(folder.resolve(policy), Map.of("local-policy", policy));
                    EchoServer _ = lab.pod1().serveEcho(Protocol.TCP, IpvsNode.POD_1, 8080)) {
                lab.apply(Plans.plan(1, rule));

                final ProbeResult outside = lab.client().send(Probe.tcp(VIP, 80).within(Duration.ofSeconds(2)));
                if (policy.equals("drop")) {
                    assertThat(outside).isInstanceOf(ProbeResult.TimedOut.class);
                } else {
                    assertThat(outside)
                            .asInstanceOf(type(ProbeResult.Answered.class))
                            .satisfies(answer -> assertThat(answer.peer()).isEqualTo(Plans.NODE));
                }
                assertThat(lab.pod2().send(Probe.tcp(VIP, 80)).answer()).isPresent();
            }
        }
    }

    @Test
    void shouldSendEachOriginToItsOwnPool() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of());
                EchoServer _ = lab.pod1().serveEcho(Protocol.TCP, IpvsNode.POD_1, 8080);
                EchoServer _ = lab.pod2().serveEcho(Protocol.TCP, IpvsNode.POD_2, 8080)) {
            final var local = Plans.pool(Plans.owner("web", Protocol.TCP), PoolId.Scope.LOCAL, "10.180.0.1,8080");
            lab.apply(Plans.plan(
                    1,
                    web("10.180.0.1,8080", "10.180.0.2,8080")
                            .kind(FrontendKind.LOAD_BALANCER)
                            .external(new Action.Forward(local, false))
                            .build()));

            final TreeSet<IpAddress> forStranger = new TreeSet<>();
            final TreeSet<IpAddress> forNode = new TreeSet<>();
            for (int i = 0; i < 8; i++) {
                forStranger.add(answered(lab.client().send(Probe.tcp(VIP, 80))).local());
                forNode.add(answered(lab.node().send(Probe.tcp(VIP, 80))).local());
            }
            assertThat(forStranger).containsExactly(IpvsNode.POD_1);
            assertThat(forNode).containsExactly(IpvsNode.POD_1, IpvsNode.POD_2);
            assertThat(answered(lab.client().send(Probe.tcp(VIP, 80))).peer()).isEqualTo(IpvsNode.CLIENT);
            assertThat(lab.ipvsadm()).contains("-A -f 1"); // base 0x50000000
        }
    }

    private static ProbeResult.Answered answered(ProbeResult result) {
        return result.answer().orElseThrow(() -> new AssertionError(result.toString()));
    }
}
