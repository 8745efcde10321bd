package io.pointsman.linux.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.Errno;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LocalRoutesTest {
    private static final int OURS = 117;
    private static final int FOREIGN = 99;
    private static final IpAddress ONE = IpAddress.parse("10.96.0.1");
    private static final IpAddress TWO = IpAddress.parse("10.96.0.2");
    private static final IpAddress SIX = IpAddress.parse("fd00::1");
    private static final IpAddress SOURCE = IpAddress.parse("192.168.7.1");

    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    @Test
    void shouldMakeARouteWithoutASourceThatTheHostDoesNotHave() throws IOException {
        try (RouteNetlink netlink = namespaces.create().call(RouteNetlink::open)) {
            netlink.setUp("lo");
            final int lo = netlink.linkIndex("lo");
            netlink.addAddress(lo, SOURCE, 32);
            final LocalRoutes routes = new LocalRoutes(netlink, OURS, 0);

            assertThat(routes.add(
                            lo,
                            Map.of(
                                    ONE, Optional.of(SOURCE),
                                    TWO, Optional.of(IpAddress.parse("192.168.7.2")),
                                    SIX, Optional.empty())))
                    .isEmpty();

            final Map<IpAddress, Optional<IpAddress>> sources = new HashMap<>();
            routes.list().forEach(route -> sources.put(route.destination().address(), route.source()));
            assertThat(sources)
                    .containsOnlyKeys(ONE, TWO, SIX)
                    .containsEntry(ONE, Optional.of(SOURCE))
                    .containsEntry(TWO, Optional.empty());

            routes.delete(lo, List.of(ONE, TWO, SIX, IpAddress.parse("10.96.0.3")));
            assertThat(routes.list()).isEmpty();
        }
    }

    @Test
    void shouldTouchNoRouteOfAnother() throws IOException {
        try (RouteNetlink netlink = namespaces.create().call(RouteNetlink::open)) {
            netlink.setUp("lo");
            final int lo = netlink.linkIndex("lo");
            final Route foreign = Route.local(Cidr.of(ONE), lo).withProtocol(FOREIGN);
            netlink.addRoute(foreign);
            final LocalRoutes routes = new LocalRoutes(netlink, OURS, 0);

            final Map<IpAddress, LocalRoutes.Refusal> refused =
                    routes.add(lo, Map.of(ONE, Optional.empty(), TWO, Optional.empty()));
            assertThat(refused).containsOnlyKeys(ONE);
            assertThat(refused.get(ONE)).satisfies(refusal -> {
                assertThat(refusal.why().is(Errno.EEXIST)).isTrue();
                assertThat(refusal.route().destination()).isEqualTo(Cidr.of(ONE));
            });

            routes.delete(lo, List.of(ONE, TWO));
            assertThat(routes.list()).isEmpty();
            assertThat(netlink.routes(ONE.family()))
                    .anySatisfy(route -> assertThat(route.protocol()).isEqualTo(FOREIGN));
        }
    }

    @Test
    void shouldMakeMoreThanABatchHolds() throws IOException {
        try (RouteNetlink netlink = namespaces.create().call(RouteNetlink::open)) {
            netlink.setUp("lo");
            final Map<IpAddress, Optional<IpAddress>> many = new HashMap<>();
            for (int i = 0; i < 3000; i++) {
                many.put(IpAddress.ofIpv4(0x0A60_0000 + i), Optional.empty());
            }
            final LocalRoutes routes = new LocalRoutes(netlink, OURS, 0);

            assertThat(routes.add(netlink.linkIndex("lo"), many)).isEmpty();
            assertThat(routes.list()).hasSize(many.size());
        }
    }
}
