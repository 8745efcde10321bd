package io.pointsman.linux.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.NodeFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Checks that routes and routing rules are on record before they exist, and that those of other programs stay as they are.
 */
class OwnRoutesTest {
    private static final IpAddress VIP = IpAddress.parse("10.96.0.10");
    private static final IpAddress VIP6 = IpAddress.parse("fd00::10");
    private static final IpAddress OTHER = IpAddress.parse("10.96.0.11");
    private static final int FOREIGN = 99; // rtm_protocol

    private static final int OURS = 117;
    private static final NodeFacts NODE = NodeFacts.builder("node").build();
    private static final PolicyRouting.Numbers NUMBERS = new PolicyRouting.Numbers(0x2000, 17_013, 90, OURS);

    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    @TempDir
    private Path folder;

    private RouteNetlink netlink;
    private Ledger ledger;

    @BeforeEach
    void open() throws IOException {
        netlink = namespaces.create().call(RouteNetlink::open);
        netlink.setUp("lo");
        ledger = ledger();
    }

    private Ledger ledger() throws IOException {
        return Ledger.open(folder, VipRoutes.KIND, PolicyRouting.RULE, PolicyRouting.TABLE);
    }

    @AfterEach
    void close() {
        if (netlink != null) {
            netlink.close();
        }
    }

    private VipRoutes routes() throws IOException {
        return new VipRoutes(ledger(), netlink, OURS);
    }

    private List<Route> found(IpAddress vip) throws IOException {
        return netlink.routes(vip.family()).stream()
                .filter(route -> route.destination().equals(Cidr.of(vip)))
                .toList();
    }

    /** Makes the ledger unwritable: puts a folder in the place of its file. */
    private void breakRecords() throws IOException {
        Files.deleteIfExists(folder.resolve("owned"));
        Files.createDirectory(folder.resolve("owned"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldLeaveTheRouteOfAnother(IpFamily family) throws IOException {
        final IpAddress vip = family == IpFamily.IPV4 ? VIP : VIP6;
        final int loopback = netlink.linkIndex("lo");
        netlink.addRoute(Route.local(Cidr.of(vip), loopback).withProtocol(FOREIGN));
        final List<Route> before = found(vip);
        final VipRoutes routes = routes();

        routes.add(List.of(vip, OTHER), NODE);

        assertThat(found(vip)).isEqualTo(before);
        assertThat(routes.isRouted(vip)).isFalse();
        assertThat(routes.refusals())
                .containsOnlyKeys(vip)
                .containsEntry(vip, "another program has a local route to " + vip + ", which is not changed");
        assertThat(found(OTHER)).hasSize(1);
        assertThat(routes.owned()).containsExactly(OTHER);

        routes.remove(List.of(vip, OTHER));
        assertThat(found(vip)).isEqualTo(before);
        assertThat(found(OTHER)).isEmpty();

        netlink.deleteRoute(before.getFirst());
        routes.add(List.of(vip), NODE);
        assertThat(routes.isRouted(vip)).isTrue();
        assertThat(routes.refusals()).isEmpty();
    }

    @Test
    void shouldTakeOverTheRoutesOfAnEarlierRun() throws IOException {
        routes().add(List.of(VIP, VIP6), NODE);
        final VipRoutes next = routes();

        next.add(List.of(VIP, VIP6), NODE);

        assertThat(next.refusals()).isEmpty();
        assertThat(next.owned()).containsExactlyInAnyOrder(VIP, VIP6);
        assertThat(found(VIP)).hasSize(1);
        assertThat(found(VIP6)).hasSize(1);
    }

    @Test
    void shouldMakeNoRouteThatIsNotOnRecord() throws IOException {
        final VipRoutes routes = routes();
        routes.add(List.of(OTHER), NODE);
        breakRecords();

        routes.add(List.of(VIP), NODE);

        assertThat(found(VIP)).isEmpty();
        assertThat(routes.isRouted(VIP)).isFalse();
        assertThat(routes.refusals()).containsOnlyKeys(VIP);
        assertThat(routes.refusals().get(VIP))
                .contains("the ledger can't be written", folder.resolve("owned").toString());
        assertThat(found(OTHER)).as("what was goes on").hasSize(1);

        Files.delete(folder.resolve("owned"));
        routes.add(List.of(VIP), NODE);
        assertThat(found(VIP)).hasSize(1);
        assertThat(routes.refusals()).isEmpty();
        assertThat(routes().owned()).containsExactlyInAnyOrder(VIP, OTHER);
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotLeadPacketsByTheTableOfAnother(IpFamily family) throws IOException {
        final Route foreign = Route.local(Route.everything(family), netlink.linkIndex("lo"))
                .inTable(NUMBERS.table())
                .withProtocol(FOREIGN);
        netlink.addRoute(foreign);
        final Set<RoutingRule> rules = Set.copyOf(netlink.rules(family));
        final PolicyRouting policy = new PolicyRouting(NUMBERS, ledger, netlink);

        assertThatThrownBy(() -> policy.prepare(family))
                .hasMessageContaining("another program has a default route in " + family + " table " + NUMBERS.table());

        assertThat(policy.remove(false)).isEmpty();
        assertThat(netlink.rules(family)).containsExactlyInAnyOrderElementsOf(rules);
        assertThat(netlink.routes(family)).anySatisfy(route -> {
            assertThat(route.table()).isEqualTo(NUMBERS.table());
            assertThat(route.protocol()).isEqualTo(FOREIGN);
        });
    }

    @Test
    void shouldLeaveARoutingRuleThatWasThereBefore() throws IOException {
        final RoutingRule foreign = RoutingRule.marked(
                IpFamily.IPV4,
                NUMBERS.rulePriority() + 1,
                new RoutingRule.Mark(NUMBERS.mark(), NUMBERS.mark()),
                NUMBERS.table());
        netlink.addRule(foreign);
        final PolicyRouting policy = new PolicyRouting(NUMBERS, ledger, netlink);

        policy.prepare(IpFamily.IPV4);
        assertThat(policy.audit()).isEmpty();
        assertThat(policy.remove(false)).hasSize(2);

        assertThat(netlink.rules(IpFamily.IPV4)).contains(foreign);
    }

    @Test
    void shouldMakeNoRoutingRuleThatIsNotOnRecord() throws IOException {
        breakRecords();
        final List<RoutingRule> before = netlink.rules(IpFamily.IPV4);
        final PolicyRouting policy = new PolicyRouting(NUMBERS, ledger, netlink);

        assertThatThrownBy(() -> policy.prepare(IpFamily.IPV4)).hasMessageContaining("the ledger can't be written");

        assertThat(netlink.rules(IpFamily.IPV4)).isEqualTo(before);
        assertThat(netlink.routes(IpFamily.IPV4)).noneMatch(route -> route.table() == NUMBERS.table());
        Files.delete(folder.resolve("owned"));
        policy.prepare(IpFamily.IPV4);
        assertThat(policy.audit()).isEmpty();
        assertThat(policy.remove(false)).hasSize(3);
    }
}
