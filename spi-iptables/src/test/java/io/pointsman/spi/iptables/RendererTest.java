package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Comments;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.iptables.render.FamilyRules;
import io.pointsman.spi.iptables.render.Names;
import io.pointsman.spi.iptables.render.Table;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Compares rendered plans byte for byte with files in this package. */
class RendererTest {
    private static String file(String name) throws IOException {
        try (InputStream in = RendererTest.class.getResourceAsStream(name)) {
            assertThat(in).as(name).isNotNull();
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void shouldTellOriginsApartWhenExternalPolicyIsLocal() throws IOException {
        final ServicePortName web = Plans.owner("web", Protocol.TCP);
        final EndpointPool cluster =
                Plans.pool(web, PoolId.Scope.CLUSTER, IpFamily.IPV4, "10.0.0.1,8080", "10.0.1.1,8080");
        final EndpointPool local = Plans.pool(web, PoolId.Scope.LOCAL, IpFamily.IPV4, "10.0.0.1,8080");
        final ServicePortName dns = Plans.owner("dns", Protocol.UDP);
        final EndpointPool remote = Plans.pool(dns, PoolId.Scope.CLUSTER, IpFamily.IPV4, "10.0.1.2,53");
        final List<Rule> rules = List.of(
                Plans.usual(Plans.clusterIp(web, "172.30.0.1", 80), cluster),
                Plans.nodePort(web, IpFamily.IPV4, 30080)
                        .actions(Plans.forward(cluster), Plans.masquerade(cluster), Plans.forward(local))
                        .build(),
                Plans.loadBalancer(web, "203.0.113.1", 80)
                        .actions(Plans.forward(cluster), Plans.masquerade(cluster), Plans.forward(local))
                        .sources("198.51.100.0/24")
                        .build(),
                Plans.clusterIp(dns, "172.30.0.10", 53).all(Action.REJECT).build(),
                Plans.nodePort(dns, IpFamily.IPV4, 30053)
                        .actions(Plans.forward(remote), Plans.masquerade(remote), Action.DROP)
                        .build());

        assertThat(Plans.render(
                        IpFamily.IPV4,
                        Plans.node("192.168.0.2", "127.0.0.1"),
                        List.of(
                                new HealthCheck(new ObjectName("ns", "web"), 32122, 1),
                                new HealthCheck(new ObjectName("ns", "ipv6"), Set.of(IpFamily.IPV6), 32124, 1)),
                        rules,
                        true))
                .isEqualTo(file("external-policy-local.rules"));
    }

    @Test
    void shouldChooseEndpointsByEachAlgorithm() throws IOException {
        final List<Rule> rules = new ArrayList<>();
        int last = 1;
        for (Balancing balancing : Balancing.values()) {
            final ServicePortName owner = Plans.owner(balancing.text(), Protocol.SCTP);
            final EndpointPool pool = Plans.pool(
                    owner,
                    PoolId.Scope.CLUSTER,
                    IpFamily.IPV6,
                    "fd00:10::1,80,1",
                    "fd00:10::2,80,2",
                    "fd00:10::3,80,0",
                    "fd00:10::4,80,3");
            final Plans.RuleBuilder rule = Plans.clusterIp(owner, "fd00:96::" + last++, 80);
            rules.add(Plans.usual(balancing == Balancing.RANDOM ? rule : rule.balancing(balancing), pool));
            rules.add(Plans.nodePort(owner, IpFamily.IPV6, 30000 + last)
                    .balancing(balancing)
                    .all(Plans.masquerade(pool))
                    .build());
        }
        final NodeFacts node = Plans.node(new PodDetector.ByInterface("cni", true), Action.REJECT, "2001:db8::3");

        assertThat(Plans.render(IpFamily.IPV6, node, List.of(), rules, false)).isEqualTo(file("algorithms.rules"));
    }

    @Test
    void shouldRememberClientsWhenAffinityIsAsked() throws IOException {
        final ServicePortName owner = Plans.owner("sticky", Protocol.UDP);
        final EndpointPool pool = Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, "10.0.0.1,53", "10.0.0.2,53");
        final Rule rule = Plans.usual(Plans.clusterIp(owner, "172.30.0.1", 53).affinity(10_800), pool);

        assertThat(Plans.render(IpFamily.IPV4, Plans.node(), List.of(), List.of(rule), false))
                .isEqualTo(file("affinity.rules"));
    }

    @Test
    void shouldOnlyKeepBoundClientsWhenAnEndpointsWeightIsZero() {
        final ServicePortName owner = Plans.owner("sticky", Protocol.TCP);
        final EndpointPool pool =
                Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, "10.0.0.1,80,0", "10.0.0.2,80,1");
        final Rule rule = Plans.usual(
                Plans.clusterIp(owner, "172.30.0.1", 80).affinity(60).balancing(Balancing.WEIGHTED), pool);

        final List<String> draining = Plans.render(IpFamily.IPV4, Plans.node(), List.of(), List.of(rule), false)
                .lines()
                .filter(line -> line.endsWith("--to-destination 10.0.0.1:80"))
                .toList();

        assertThat(draining).singleElement().asString().contains("-m recent --update");
    }

    @Test
    void shouldSendOnWhatNodePortsAnswerAndRefuseOnEveryAddressWhenTheModeDoes() {
        final NodeFacts node = NodeFacts.builder("here")
                .addresses(Set.of(IpAddress.parse("192.168.0.2"), IpAddress.parse("192.168.0.3")))
                .podDetector(new PodDetector.ByCidr(Plans.PODS))
                .nodePortAddresses(Set.of(IpAddress.parse("192.168.0.3"), IpAddress.parse("127.0.0.1")))
                .loopback(Set.of(NodeFacts.Loopback.GUARDED))
                .mode(ModeSemantics.of(
                        Action.PASS,
                        ModeSemantics.Answer.OPENS_HEALTH_PORTS,
                        ModeSemantics.Answer.REFUSES_NODE_PORTS_EVERYWHERE))
                .build();

        final List<String> lines = Plans.render(IpFamily.IPV4, node, List.of(), List.of(), false)
                .lines()
                .toList();

        assertThat(lines)
                .filteredOn(line -> line.startsWith("-A " + Names.SERVICES + " "))
                .containsExactly(
                        "-A PTS-SERVICES -j CONNMARK --set-xmark 0x2000/0x2000",
                        "-A PTS-SERVICES -j PTS-V",
                        "-A PTS-SERVICES -d 127.0.0.1/32 -j PTS-N",
                        "-A PTS-SERVICES -d 192.168.0.3/32 -j PTS-N",
                        "-A PTS-SERVICES -j CONNMARK --set-xmark 0x0/0x2000");
        assertThat(lines)
                .filteredOn(line -> line.startsWith("-A " + Names.UNTRANSLATED + " "))
                .containsExactly(
                        "-A PTS-UNTRANSLATED -j PTS-W", "-A PTS-UNTRANSLATED -m addrtype --dst-type LOCAL -j PTS-M");
    }

    @Test
    void shouldMasqueradeByThePlansAddressWhereItNamesARange() {
        final NodeFacts egress = Plans.node("192.168.0.2").toBuilder()
                .egress(List.of(
                        new NodeFacts.Egress(Cidr.parse("0.0.0.0/0"), IpAddress.parse("192.168.0.2")),
                        new NodeFacts.Egress(Cidr.parse("10.0.0.0/8"), IpAddress.parse("192.168.0.3")),
                        new NodeFacts.Egress(Cidr.parse("10.1.0.0/16"), IpAddress.parse("192.168.0.4"))))
                .build();

        assertThat(Plans.render(IpFamily.IPV4, egress, List.of(), List.of(), false)
                        .lines()
                        .filter(line -> line.startsWith("-A " + Names.MASQUERADE)))
                .containsExactly(
                        "-A PTS-MASQUERADE -j MARK --set-xmark 0x0/0x4000",
                        "-A PTS-MASQUERADE -d 10.1.0.0/16 -j SNAT --to-source 192.168.0.4 --random-fully",
                        "-A PTS-MASQUERADE -d 10.0.0.0/8 -j SNAT --to-source 192.168.0.3 --random-fully",
                        "-A PTS-MASQUERADE -j MASQUERADE --random-fully");
    }

    @Test
    void shouldDispatchByTreeWhenThereAreManyAddresses() throws IOException {
        final List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            final ServicePortName owner = Plans.owner("s" + i, Protocol.TCP);
            rules.add(Plans.clusterIp(owner, "172.30." + i % 3 + "." + i, 80)
                    .all(Action.REJECT)
                    .build());
        }

        assertThat(Plans.render(IpFamily.IPV4, Plans.node(), List.of(), rules, false))
                .isEqualTo(file("tree.rules"));
    }

    @Test
    void shouldKeepNamesDataWhenTheyLookLikeSyntax() {
        final String evil = "a\" -j ACCEPT\nCOMMIT\n*nat\n-F\\" + "x".repeat(300);
        final ServicePortName owner = Plans.owner(evil, Protocol.TCP);
        final Rule rule =
                Plans.clusterIp(owner, "172.30.0.1", 80).all(Action.REJECT).build();

        final String text = Plans.render(IpFamily.IPV4, Plans.node(), List.of(), List.of(rule), true);

        final String comment = "ns/a__-j_ACCEPT_COMMIT__nat_-F_" + "x".repeat(Comments.MAX_LENGTH);
        assertThat(text)
                .contains("-A PTS-W -d 172.30.0.1/32 -p tcp -m tcp --dport 80 -m comment --comment \""
                        + comment.substring(0, Comments.MAX_LENGTH) + "\" -j REJECT");
        assertThat(text.lines()).filteredOn(line -> line.equals("COMMIT")).hasSize(2);
        assertThat(text.lines())
                .allMatch(line -> line.matches("(:PTS-\\S{1,24} - \\[0:0]|-A PTS-.*|COMMIT|\\*nat|\\*filter)"));
    }

    @Test
    void shouldRenderTheSameWhateverCameBefore() {
        final FamilyRules grown = new FamilyRules(
                IpFamily.IPV4, Flavour.NFT, IptablesSettings.DEFAULT.mark(), IptablesSettings.DEFAULT.ours(), true);
        final NodeFacts node = Plans.node("192.168.0.2");
        grown.node(node, List.of(), true);
        final List<Rule> kept = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            final ServicePortName owner = Plans.owner("s" + i, Protocol.TCP);
            final EndpointPool pool = Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, "10.0.0.1,80");
            final Rule rule = Plans.usual(Plans.clusterIp(owner, "172.30." + i % 7 + "." + i % 251, 80 + i), pool);
            final Rule nodePort = Plans.nodePort(owner, IpFamily.IPV4, 30000 + i)
                    .all(Plans.masquerade(pool))
                    .build();
            grown.put(rule);
            grown.put(nodePort);
            grown.render();
            if (i % 9 == 0) {
                kept.add(rule);
                kept.add(nodePort);
            } else if (i % 2 == 0) {
                grown.remove(rule);
                grown.remove(nodePort);
            }
        }
        grown.byFrontend().values().stream()
                .filter(rule -> !kept.contains(rule))
                .forEach(grown::remove);
        grown.render();
        final FamilyRules fresh = new FamilyRules(
                IpFamily.IPV4, Flavour.NFT, IptablesSettings.DEFAULT.mark(), IptablesSettings.DEFAULT.ours(), true);
        fresh.node(node, List.of(), true);
        kept.forEach(fresh::put);
        fresh.render();

        for (Table table : Table.values()) {
            assertThat(grown.table(table).changes())
                    .isEqualTo(fresh.table(table).changes());
        }
    }
}
