package io.pointsman.plan;

import static io.pointsman.plan.Cluster.ips;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Node;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeViewTest {
    private static final Set<IpAddress> LOCAL = new HashSet<>(
            ips("127.0.0.1", "192.168.0.2", "192.168.1.2", "::1", "fe80::1", "2001:db8::2", "2001:db8:1::2"));
    private static final Optional<Node> NODE = Optional.of(Cluster.node("192.168.0.2", "2001:db8::2"));

    private static NodeFacts facts(PlanOptions.Builder options) {
        return NodeView.of(options.build(), NODE, LOCAL, List.of()).facts();
    }

    /** Checks selected addresses; ranges and expected addresses are separated by blanks. */
    @ParameterizedTest
    @CsvSource({
        "iptables, '', 127.0.0.1 192.168.0.2 192.168.1.2 2001:db8::2 2001:db8:1::2",
        "nftables, '', 192.168.0.2 2001:db8::2",
        "iptables, primary, 192.168.0.2 2001:db8::2",
        "iptables, 192.168.0.0/24 127.0.0.0/8, 127.0.0.1 192.168.0.2 2001:db8::2 2001:db8:1::2",
        "iptables, 192.168.0.0/24 fe80::/10, 192.168.0.2",
        "iptables, 192.168.0.0/24 2001:db8::/64, 192.168.0.2 2001:db8::2",
        "iptables, 127.0.0.0/8 ::1/128, 127.0.0.1",
        "iptables, 0.0.0.0/0 10.0.0.0/8 2001:db8::/64, 127.0.0.1 192.168.0.2 192.168.1.2 2001:db8::2",
        "nftables, 192.168.0.0/16 127.0.0.0/8 2001:db8::/64, 127.0.0.1 192.168.0.2 192.168.1.2 2001:db8::2",
        "iptables, localhost, 127.0.0.1",
        "iptables, localhost 192.168.0.0/24, 127.0.0.1 192.168.0.2",
        "iptables, all, 127.0.0.1 192.168.0.2 192.168.1.2 2001:db8::2 2001:db8:1::2",
        "iptables, primary 192.168.1.0/24, 192.168.0.2 192.168.1.2 2001:db8::2",
        "iptables, primary localhost, 127.0.0.1 192.168.0.2 2001:db8::2",
        "nftables, primary localhost, 127.0.0.1 192.168.0.2 ::1 2001:db8::2",
        "nftables, localhost, 127.0.0.1 ::1",
        "nftables, 127.0.0.1/32 ::1/128, 127.0.0.1 ::1",
        "nftables, 127.0.0.8/29 ::1/128, ::1",
        "nftables, all, 192.168.0.2 192.168.1.2 2001:db8::2 2001:db8:1::2",
        "nftables, 0.0.0.0/0 2001:db8::/64, 192.168.0.2 192.168.1.2 2001:db8::2",
    })
    void shouldServeNodePortsWhereConfiguredElseWhereTheModeDoes(String mode, String configured, String expected) {
        final PlanOptions.Builder options = PlanOptions.builder(Cluster.HERE)
                .mode(mode.equals("iptables") ? ModeSemantics.IPTABLES : ModeSemantics.NFTABLES);
        if (!configured.isEmpty()) {
            options.nodePortAddresses(NodePortAddresses.parse(List.of(configured.split(" "))));
        }

        assertThat(facts(options).nodePortAddresses()).containsExactlyInAnyOrderElementsOf(ips(expected.split(" ")));
    }

    /** Checks that {@code localhost} selects the loopback addresses of interfaces. */
    @ParameterizedTest
    @CsvSource({
        "'', 127.0.0.1, true, true",
        "0.0.0.0/0 192.168.0.0/24, 127.0.0.1, true, true",
        "2001:db8::/64, 127.0.0.1, true, true",
        "127.0.0.0/8, 127.0.0.1 127.0.0.9, false, true",
        "127.0.0.1/32, 127.0.0.1, false, true",
        "127.0.0.8/29, 127.0.0.9, false, true",
        "127.0.0.53/32, '', false, true",
        "96.0.0.0/3, 127.0.0.1 127.0.0.9, false, true",
        "192.168.0.0/24, '', false, false",
    })
    void shouldServeTheWholeLoopbackNetworkOnlyWhenNothingLimitsIt(
            String configured, String served, boolean isNet, boolean isGuarded) {
        final PlanOptions.Builder options = PlanOptions.builder(Cluster.HERE);
        if (!configured.isEmpty()) {
            options.nodePortAddresses(NodePortAddresses.parse(List.of(configured.split(" "))));
        }
        final Set<IpAddress> local = new HashSet<>(LOCAL);
        local.add(IpAddress.parse("127.0.0.9"));

        final NodeFacts facts =
                NodeView.of(options.build(), NODE, local, List.of()).facts();

        assertThat(facts.nodePortAddresses().stream().filter(IpAddress::isLoopback))
                .containsExactlyInAnyOrderElementsOf(served.isEmpty() ? List.of() : ips(served.split(" ")));
        assertThat(facts.servesNodePorts(IpAddress.parse("127.0.0.53"))).isEqualTo(isNet);
        assertThat(facts.guardsLoopback()).isEqualTo(isGuarded);
    }

    @Test
    void shouldNotServeLocalhostWhenSwitchedOff() {
        final NodeFacts facts = facts(PlanOptions.builder(Cluster.HERE)
                .localhostNodePorts(false)
                .nodePortAddresses(NodePortAddresses.parse(List.of("127.0.0.0/8"))));

        assertThat(facts.nodePortAddresses()).allMatch(address -> !address.isIpv4());
        assertThat(facts.guardsLoopback()).isFalse();
    }

    /**
     * Checks on which loopback addresses sockets serve in nftables mode, and whether packets to 127.0.0.0/8 are translated.
     */
    @ParameterizedTest
    @CsvSource({
        "localhost, , FORWARDED_IPV4 FORWARDED_IPV6",
        "localhost, false, ''",
        "localhost, true, GUARDED FORWARDED_IPV6",
        "primary ::1/128, , FORWARDED_IPV6",
        "all, , ''",
        "all, true, GUARDED SERVES_NODE_PORTS",
        "primary, true, ''",
    })
    void shouldForwardFromLoopbackWhereItIsNamedAlone(String configured, Boolean isAsked, String expected) {
        final PlanOptions.Builder options = PlanOptions.builder(Cluster.HERE)
                .mode(ModeSemantics.NFTABLES)
                .nodePortAddresses(NodePortAddresses.parse(List.of(configured.split(" "))));
        if (isAsked != null) {
            options.localhostNodePorts(isAsked);
        }

        final NodeFacts facts = facts(options);

        assertThat(facts.loopback().stream().map(Enum::name))
                .containsExactlyInAnyOrderElementsOf(expected.isEmpty() ? List.of() : List.of(expected.split(" ")));
        assertThat(facts.forwardedAddress(IpFamily.IPV6))
                .isEqualTo(
                        expected.contains("FORWARDED_IPV6") ? Optional.of(IpAddress.parse("::1")) : Optional.empty());
        assertThat(facts.nodePortAddresses().contains(IpAddress.parse("::1")))
                .isEqualTo(expected.contains("FORWARDED_IPV6"));
    }

    @Test
    void shouldGuardLoopbackOnlyWhenNodePortsAreServedThere() {
        assertThat(facts(PlanOptions.builder(Cluster.HERE)).guardsLoopback()).isTrue();
        assertThat(facts(PlanOptions.builder(Cluster.HERE).families(Set.of(IpFamily.IPV6)))
                        .guardsLoopback())
                .isFalse();
        assertThat(facts(PlanOptions.builder(Cluster.HERE).mode(ModeSemantics.NFTABLES))
                        .guardsLoopback())
                .isFalse();
    }

    @Test
    void shouldLeaveByThePrimaryAddressUnlessToldOtherwise() {
        final Cidr pods = Cidr.parse("10.180.1.0/24");
        final IpAddress bridge = IpAddress.parse("10.180.1.1");
        final NodeFacts facts =
                facts(PlanOptions.builder(Cluster.HERE).egress(List.of(new NodeFacts.Egress(pods, bridge))));

        assertThat(facts.egressTo(IpAddress.parse("10.180.1.136"))).contains(bridge);
        assertThat(facts.egressTo(IpAddress.parse("10.244.3.8"))).contains(IpAddress.parse("192.168.0.2"));
        assertThat(facts.egressTo(IpAddress.parse("fd00:10::1"))).contains(IpAddress.parse("2001:db8::2"));
    }

    @Test
    void shouldReplaceTheDefaultRouteWhenToldOtherwise() {
        final IpAddress other = IpAddress.parse("192.168.1.2");
        final NodeFacts facts = facts(PlanOptions.builder(Cluster.HERE)
                .egress(List.of(new NodeFacts.Egress(Cidr.parse("0.0.0.0/0"), other))));

        assertThat(facts.egressTo(IpAddress.parse("10.244.3.8"))).contains(other);
        assertThat(facts.egress()).hasSize(2);
    }

    @Test
    void shouldTakeTheLowestReachableAddressAsPrimaryWhenThereIsNoNodeObject() {
        final NodeView view = NodeView.of(PlanOptions.builder("").build(), Optional.empty(), LOCAL, List.of());

        assertThat(view.primary())
                .containsEntry(IpFamily.IPV4, IpAddress.parse("192.168.0.2"))
                .containsEntry(IpFamily.IPV6, IpAddress.parse("2001:db8::2"));
        assertThat(view.zone()).isEmpty();
    }

    @Test
    void shouldOwnWhatItsObjectNamesAndWhatItsInterfacesHave() {
        final NodeFacts facts = NodeView.of(
                        PlanOptions.builder(Cluster.HERE).build(),
                        NODE,
                        Set.of(IpAddress.parse("10.180.1.1")),
                        List.of())
                .facts();

        assertThat(facts.addresses())
                .containsExactlyInAnyOrderElementsOf(ips("192.168.0.2", "2001:db8::2", "10.180.1.1"));
    }

    @Test
    void shouldTellPodsByTheNodesRangesOnlyWhenAskedTo() {
        final Node node = new Node(
                Cluster.HERE, List.of(), Optional.empty(), List.of(Cidr.parse("10.180.1.0/24")), false, Set.of());

        assertThat(NodeView.of(PlanOptions.builder(Cluster.HERE).build(), Optional.of(node), Set.of(), List.of())
                        .facts()
                        .podDetector())
                .isEqualTo(new PodDetector.Unknown());
        assertThat(NodeView.of(
                                PlanOptions.builder(Cluster.HERE)
                                        .detectsPodsByNode(true)
                                        .build(),
                                Optional.of(node),
                                Set.of(),
                                List.of())
                        .facts()
                        .podDetector())
                .isEqualTo(new PodDetector.ByCidr(node.podCidrs()));
    }

    @Test
    void shouldKeepServiceRangesOnlyWhenTheModeDropsUnallocatedAddresses() {
        final PlanOptions.Builder options =
                PlanOptions.builder(Cluster.HERE).serviceRanges(List.of(Cidr.parse("172.30.0.0/16")));

        assertThat(facts(options).serviceRanges()).isEmpty();
        assertThat(facts(options.mode(ModeSemantics.NFTABLES)).serviceRanges()).hasSize(1);
    }

    @Test
    void shouldTakeServiceRangesFromTheClusterBesideThoseConfigured() {
        final Cidr configured = Cidr.parse("172.30.0.0/16");
        final Cidr ofCluster = Cidr.parse("10.0.0.0/16");
        final PlanOptions.Builder options = PlanOptions.builder(Cluster.HERE)
                .families(Set.of(IpFamily.IPV4))
                .serviceRanges(List.of(configured))
                .mode(ModeSemantics.NFTABLES);
        final List<Cidr> clusterRanges = List.of(ofCluster, configured, Cidr.parse("fd00:10::/112"));

        assertThat(NodeView.of(options.build(), NODE, LOCAL, clusterRanges)
                        .facts()
                        .serviceRanges())
                .containsExactly(configured, ofCluster);
        assertThat(NodeView.of(options.mode(ModeSemantics.IPTABLES).build(), NODE, LOCAL, clusterRanges)
                        .facts()
                        .serviceRanges())
                .isEmpty();
    }
}
