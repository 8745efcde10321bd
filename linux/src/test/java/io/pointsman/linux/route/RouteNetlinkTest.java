package io.pointsman.linux.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netns.NamespaceHandle;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RouteNetlinkTest {
    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    private static RouteNetlink open(NetworkNamespace namespace) throws IOException {
        return namespace.call(RouteNetlink::open);
    }

    @Test
    void shouldListOnlyLoopbackWhenTheNamespaceIsNew() throws IOException {
        try (RouteNetlink netlink = open(namespaces.create())) {
            assertThat(netlink.links())
                    .filteredOn(link -> link.kind().isEmpty())
                    .singleElement()
                    .satisfies(link -> {
                        assertThat(link.name()).isEqualTo("lo");
                        assertThat(link.isUp()).isFalse();
                    });
            netlink.setUp("lo");
            assertThat(netlink.link("lo").orElseThrow().isUp()).isTrue();
            assertThat(netlink.addresses()).extracting(LinkAddress::toString).contains("127.0.0.1/8", "::1/128");
            assertThat(netlink.link("none")).isEmpty();
        }
    }

    @Test
    void shouldTellByWhichInterfaceAnAddressIsReached() throws IOException {
        try (RouteNetlink netlink = open(namespaces.create())) {
            netlink.setUp("lo");
            netlink.addLink("cbr0", "bridge");
            netlink.setUp("cbr0");
            final int bridge = netlink.linkIndex("cbr0");
            for (String network : List.of("10.180.1.1", "fd00:10:180:1::1")) {
                final IpAddress address = IpAddress.parse(network);
                netlink.addAddress(bridge, address, address.isIpv4() ? 24 : 64);
            }
            // not the bridge's IPv6 address: the host has a way to it only once no neighbour is known to have it
            for (String own : List.of("10.180.1.1", "::1")) {
                assertThat(netlink.linkTo(IpAddress.parse(own))).contains(netlink.linkIndex("lo"));
            }
            assertThat(netlink.linkTo(IpAddress.parse("10.180.1.7"))).contains(bridge);
            assertThat(netlink.linkTo(IpAddress.parse("fd00:10:180:1::7"))).contains(bridge);
            assertThat(netlink.linkTo(IpAddress.parse("192.0.2.1"))).isEmpty();
            assertThat(netlink.linkTo(IpAddress.parse("2001:db8::1"))).isEmpty();
        }
    }

    @Test
    void shouldJoinTwoNamespacesWithAVethPair() throws IOException {
        final NetworkNamespace left = namespaces.create();
        final NetworkNamespace right = namespaces.create();
        try (RouteNetlink here = open(left);
                RouteNetlink there = open(right);
                NamespaceHandle handle = right.openHandle()) {
            here.addVethPair("to-right", "to-left", handle);
            here.setUp("to-right");
            there.setUp("to-left");
            assertThat(here.link("to-right").orElseThrow().kind()).contains("veth");
            assertThat(here.link("to-left")).isEmpty();
            assertThat(there.link("to-left").orElseThrow().isUp()).isTrue();
            here.deleteLink("to-right");
            assertThat(there.link("to-left")).isEmpty();
        }
    }

    @Test
    void shouldMakePortsOfABridge() throws IOException {
        try (RouteNetlink netlink = open(namespaces.create())) {
            netlink.addLink("br0", "bridge");
            netlink.addVethPair("port0", "end0");
            netlink.setMaster("port0", "br0");
            netlink.setHairpin("port0", true);
            assertThat(netlink.link("port0").orElseThrow().masterIndex()).contains(netlink.linkIndex("br0"));
        }
    }

    @Test
    void shouldMoveAnInterfaceWhenAsked() throws IOException {
        final NetworkNamespace target = namespaces.create();
        try (RouteNetlink here = open(namespaces.create());
                RouteNetlink there = open(target);
                NamespaceHandle handle = target.openHandle()) {
            here.addVethPair("a", "b");
            here.move("b", handle);
            assertThat(here.link("b")).isEmpty();
            assertThat(there.link("b")).isPresent();
        }
    }

    @Test
    void shouldSayWhatTheKernelSaysWhenAnAddressExists() throws IOException {
        try (RouteNetlink netlink = open(namespaces.create())) {
            final int lo = netlink.linkIndex("lo");
            final IpAddress address = IpAddress.parse("10.9.0.1");
            netlink.addAddress(lo, address, 24);
            assertThatThrownBy(() -> netlink.addAddress(lo, address, 24))
                    .asInstanceOf(InstanceOfAssertFactories.type(KernelException.class))
                    .satisfies(e -> {
                        assertThat(e.errno()).isEqualTo(Errno.EEXIST);
                        assertThat(e).hasMessageContaining("10.9.0.1/24").hasMessageContaining("EEXIST");
                        assertThat(e.kernelText()).isNotEmpty();
                    });
            netlink.deleteAddress(lo, address, 24);
            assertThatThrownBy(() -> netlink.deleteAddress(lo, address, 24)).hasMessageContaining("EADDRNOTAVAIL");
        }
    }

    @Test
    void shouldListManyAddressesOfOneInterfaceWhenADumpHasManyParts() throws IOException {
        try (RouteNetlink netlink = open(namespaces.create())) {
            netlink.addLink("br0", "bridge");
            final int bridge = netlink.linkIndex("br0");
            final int lo = netlink.linkIndex("lo");
            netlink.addAddress(lo, IpAddress.parse("10.7.0.1"), 32);
            for (int i = 0; i < 3000; i++) {
                netlink.addAddress(bridge, IpAddress.ofIpv4(0x0A08_0000 + i), 32);
            }
            assertThat(netlink.addresses(bridge)).hasSize(3000);
            assertThat(netlink.addresses()).hasSizeGreaterThan(3000);
        }
    }

    @Test
    void shouldAddListAndDeleteRoutesOfBothFamilies() throws IOException {
        try (RouteNetlink netlink = open(namespaces.create())) {
            netlink.setUp("lo");
            final int lo = netlink.linkIndex("lo");
            netlink.addAddress(lo, IpAddress.parse("10.9.0.1"), 24);
            final Route direct = Route.through(Cidr.parse("10.96.0.0/16"), lo).withMetric(7);
            final Route gatewayed = Route.via(Cidr.parse("10.97.0.0/16"), IpAddress.parse("10.9.0.77"))
                    .inTable(4711);
            final Route local = Route.local(Cidr.parse("2001:db8::/64"), lo).withMetric(1024);
            final Route source = Route.through(Cidr.parse("10.98.0.0/16"), lo).withSource(IpAddress.parse("10.9.0.1"));
            final List<Route> wanted = List.of(direct, gatewayed, source);
            for (Route route : wanted) {
                netlink.addRoute(route);
            }
            netlink.addRoute(local);
            assertThat(netlink.routes(IpFamily.IPV4)).contains(direct, gatewayed.on(lo), source);
            assertThat(netlink.routes(IpFamily.IPV6)).contains(local);
            assertThatThrownBy(() -> netlink.addRoute(direct)).hasMessageContaining("EEXIST");
            netlink.replaceRoute(direct);
            for (Route route : wanted) {
                netlink.deleteRoute(route);
            }
            netlink.deleteRoute(local);
            assertThat(netlink.routes(IpFamily.IPV4)).doesNotContain(direct, gatewayed.on(lo), source);
            assertThat(netlink.routes(IpFamily.IPV6)).doesNotContain(local);
        }
    }

    @Test
    void shouldAddListAndDeleteRoutingRules() throws IOException {
        try (RouteNetlink netlink = open(namespaces.create())) {
            for (IpFamily family : IpFamily.values()) {
                final RoutingRule rule = RoutingRule.marked(family, 100, new RoutingRule.Mark(0x4000, 0xC000), 1000)
                        .fromLink("eth0");
                netlink.addRule(rule);
                assertThat(netlink.rules(family)).contains(rule);
                assertThatThrownBy(() -> netlink.addRule(rule)).hasMessageContaining("EEXIST");
                netlink.deleteRule(rule);
                assertThat(netlink.rules(family)).doesNotContain(rule);
                assertThat(netlink.rules(family))
                        .anySatisfy(kernel -> assertThat(kernel.table()).isEqualTo(Route.MAIN));
            }
        }
    }

    @Test
    void shouldRefuseUseWhenClosed() throws IOException {
        final RouteNetlink netlink = open(namespaces.create());
        netlink.close();
        netlink.close();
        assertThatThrownBy(netlink::links).isInstanceOf(IllegalStateException.class);
    }
}
