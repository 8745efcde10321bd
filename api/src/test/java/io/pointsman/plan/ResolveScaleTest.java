package io.pointsman.plan;

import static io.pointsman.plan.Cluster.ELSEWHERE;
import static io.pointsman.plan.Cluster.HERE;
import static io.pointsman.plan.Cluster.http;
import static io.pointsman.plan.Cluster.options;
import static io.pointsman.plan.Cluster.service;
import static io.pointsman.plan.Cluster.slice;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Cidr;
import io.pointsman.model.Endpoint;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Node;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests that work is proportional to the change: counted, not timed. */
class ResolveScaleTest {
    private static final int SERVICES = 10_000;
    private static final int ENDPOINTS = 5;

    /** Every 100th Service has source ranges, every 101st has zone hints. */
    private static final int WITH_RANGES = 100;

    private static final int WITH_HINTS = 101;

    private final Cluster cluster = new Cluster(options().build());
    private PlanUpdate first = cluster.resolve();

    @BeforeEach
    void fill() {
        for (int i = 0; i < SERVICES; i++) {
            cluster.put(numbered(i)).put(slice("s" + i, endpoints(i, ENDPOINTS)));
        }
        first = cluster.resolve();
    }

    private static Service numbered(int i) {
        final Service.Builder service = service("s" + i, clusterIp(i).toString());
        if (i % WITH_RANGES == 0) {
            final IpAddress vip = IpAddress.ofIpv4(0x0102_0000 + i);
            service.type(ServiceType.LOAD_BALANCER)
                    .ports(List.of(new ServicePort("http", Protocol.TCP, 80, 30_000 + i / WITH_RANGES)))
                    .ingress(List.of(new LoadBalancerIngress(vip, LoadBalancerIngress.Mode.VIP)))
                    .sourceRanges(List.of(Cidr.parse("192.168.0.0/24")));
        }
        return service.build();
    }

    private static IpAddress clusterIp(int i) {
        return IpAddress.ofIpv4(0xAC1E_0000 + i);
    }

    private static List<Endpoint> endpoints(int i, int count) {
        final List<Endpoint> endpoints = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            final Set<String> zones = i % WITH_HINTS == 0 ? Set.of("zone-" + (char) ('a' + k % 3)) : Set.of();
            endpoints.add(Endpoint.ready(IpAddress.ofIpv4(0x0A00_0000 + i * 8 + k))
                    .onNode(k == 0 ? HERE : ELSEWHERE)
                    .hintedFor(zones, Set.of()));
        }
        return endpoints;
    }

    @Test
    void shouldTouchOneServiceWhenOneEndpointChanges() {
        assertThat(first.plan().rules()).hasSize(SERVICES + 2 * SERVICES / WITH_RANGES);
        final long resolvedBefore = cluster.resolver.servicesResolved();

        final PlanUpdate update =
                cluster.put(slice("s4711", endpoints(4711, ENDPOINTS - 1))).resolve();

        assertThat(cluster.resolver.servicesResolved() - resolvedBefore).isEqualTo(1);
        assertThat(update.delta().rules())
                .extracting(PlanDelta.RuleChange::frontend)
                .containsExactly(new Frontend(Protocol.TCP, clusterIp(4711), 80));
        assertThat(update.delta().pools())
                .extracting(PlanDelta.PoolChange::id)
                .containsExactly(
                        new PoolId(http("s4711"), IpFamily.IPV4, PoolId.Scope.CLUSTER),
                        new PoolId(http("s4711"), IpFamily.IPV4, PoolId.Scope.SERVING));
        assertThat(update.delta().nodeChanged()).isFalse();
        assertThat(update.delta().healthChanged()).isFalse();
    }

    @Test
    void shouldShareEveryOtherRuleAndPoolWithThePlanBefore() {
        final PlanUpdate update =
                cluster.put(slice("s4711", endpoints(4711, ENDPOINTS - 1))).resolve();

        final Frontend changed = new Frontend(Protocol.TCP, clusterIp(4711), 80);
        update.plan().rules().forEach((frontend, rule) -> {
            if (!frontend.equals(changed)) {
                assertThat(rule).isSameAs(first.plan().rules().get(frontend));
            }
        });
        assertThat(first.plan().rules().get(changed))
                .isNotEqualTo(update.plan().rules().get(changed));
        update.plan().pools().forEach((id, pool) -> {
            if (!id.servicePort().equals(http("s4711"))) {
                assertThat(pool).isSameAs(first.plan().pools().get(id));
            }
        });
    }

    @Test
    void shouldTouchOnlyThoseWithHintsOrRangesWhenTheZoneChanges() {
        final Node node = Cluster.node("192.168.0.2", "2001:db8::2");
        final long resolvedBefore = cluster.resolver.servicesResolved();

        final PlanUpdate update = cluster.put(new Node(
                        node.name(),
                        node.addresses(),
                        Optional.of("zone-b"),
                        node.podCidrs(),
                        node.beingDeleted(),
                        node.taints()))
                .resolve();

        final int withRanges = (SERVICES - 1) / WITH_RANGES + 1;
        final int withHints = (SERVICES - 1) / WITH_HINTS + 1;
        final int withBoth = (SERVICES - 1) / (WITH_RANGES * WITH_HINTS) + 1;
        assertThat(cluster.resolver.servicesResolved() - resolvedBefore).isEqualTo(withRanges + withHints - withBoth);
        assertThat(update.delta().rules())
                .extracting(change -> change.frontend().port())
                .isNotEmpty();
        assertThat(update.delta().rules()).hasSize(withHints + 2 * withBoth);
    }

    @Test
    void shouldTouchNothingWhenAnotherNodeChanges() {
        final long resolvedBefore = cluster.resolver.servicesResolved();

        final PlanUpdate update = cluster.put(
                        new Node(ELSEWHERE, List.of(), Optional.of("zone-b"), List.of(), false, Set.of()))
                .resolve();

        assertThat(cluster.resolver.servicesResolved()).isEqualTo(resolvedBefore);
        assertThat(update.plan()).isSameAs(first.plan());
    }
}
