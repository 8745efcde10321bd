package io.pointsman.plan;

import static io.pointsman.plan.Cluster.http;
import static io.pointsman.plan.Cluster.ips;
import static io.pointsman.plan.Cluster.name;
import static io.pointsman.plan.Cluster.options;
import static io.pointsman.plan.Cluster.service;
import static io.pointsman.plan.Cluster.slice;
import static io.pointsman.plan.Cluster.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServicePortName;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests that the older of two Services keeps a frontend that both claim, and that the other's claim is reported. */
class FrontendConflictTest {
    private static final Frontend CONTESTED = tcp("1.2.3.4", 80);

    private final Cluster cluster = new Cluster(options().build());

    private static Service claimant(String name, int clusterIp, int createdAtSecond) {
        return service(name, "172.30.0." + clusterIp)
                .externalIps(ips("1.2.3.4"))
                .createdAt(Instant.ofEpochSecond(createdAtSecond))
                .build();
    }

    private ServicePortName owner(PlanUpdate update) {
        return update.plan().rule(CONTESTED).orElseThrow().owner();
    }

    @Test
    void shouldGoToTheOlderServiceWhicheverCameFirst() {
        cluster.put(claimant("young", 1, 20)).resolve();
        final PlanUpdate update = cluster.put(claimant("old", 2, 10)).resolve();

        assertThat(owner(update)).isEqualTo(http("old"));
        assertThat(update.delta().rules())
                .extracting(PlanDelta.RuleChange::frontend)
                .containsExactlyInAnyOrder(CONTESTED, tcp("172.30.0.2", 80));
        assertThat(update.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.service()).isEqualTo(name("young"));
            assertThat(problem.frontend()).contains(CONTESTED);
            assertThat(problem.reason()).contains("ns/young:http:TCP", "ns/old:http:TCP");
        });
    }

    @Test
    void shouldGoByNameWhenBothAreOfOneAge() {
        cluster.put(claimant("b", 1, 10)).put(claimant("a", 2, 10));

        assertThat(owner(cluster.resolve())).isEqualTo(http("a"));
    }

    @Test
    void shouldNotBeGivenToAServiceOfUnknownAge() {
        cluster.put(service("a", "172.30.0.1").externalIps(ips("1.2.3.4")).build());
        cluster.put(claimant("b", 2, 10));

        assertThat(owner(cluster.resolve())).isEqualTo(http("b"));
    }

    @Test
    void shouldPassToTheNextWhenTheKeeperGoes() {
        final Service old = claimant("old", 1, 10);
        cluster.put(old).put(claimant("young", 2, 20)).put(claimant("middle", 3, 15));
        cluster.put(slice("middle", "10.0.0.1"));
        assertThat(cluster.resolve().problems()).hasSize(2);

        final PlanUpdate update = cluster.delete(old).resolve();

        assertThat(owner(update)).isEqualTo(http("middle"));
        assertThat(update.problems()).extracting(PlanProblem::service).containsExactly(name("young"));
        assertThat(cluster.resolver.servicesResolved()).isEqualTo(4);
    }

    @Test
    void shouldPassToTheNextWhenTheKeeperLetsGo() {
        cluster.put(claimant("old", 1, 10)).put(claimant("young", 2, 20)).resolve();

        final PlanUpdate update =
                cluster.put(service("old", "172.30.0.1").build()).resolve();

        assertThat(owner(update)).isEqualTo(http("young"));
        assertThat(update.problems()).isEmpty();
    }

    @Test
    void shouldDropThePoolsThatOnlyTheRefusedRuleNamed() {
        // the loser's only frontend is contested, so none of its pools may stay
        cluster.put(claimant("old", 1, 10));
        cluster.put(service("young", "1.2.3.4")
                        .createdAt(Instant.ofEpochSecond(20))
                        .build())
                .put(slice("young", "10.0.0.1"));

        final PlanUpdate update = cluster.resolve();

        assertThat(update.plan().pools().keySet())
                .extracting(PoolId::servicePort)
                .containsOnly(http("old"));
    }

    @Test
    void shouldKeepAServicesOtherFrontendsWhenOneIsRefused() {
        cluster.put(claimant("old", 1, 10)).put(claimant("young", 2, 20)).put(slice("young", "10.0.0.1"));

        assertThat(cluster.resolve().plan().rule(tcp("172.30.0.2", 80))).isPresent();
    }

    @Test
    void shouldNotCollideWhenPortsOrProtocolsDiffer() {
        cluster.put(claimant("old", 1, 10));
        cluster.put(service("young", "172.30.0.2")
                .externalIps(ips("1.2.3.4"))
                .ports(List.of(new ServicePort("a", Protocol.TCP, 81, 0), new ServicePort("b", Protocol.UDP, 80, 0)))
                .build());

        assertThat(cluster.resolve().problems()).isEmpty();
    }

    @Test
    void shouldRefuseTheLaterPortWhenOneServiceClaimsAFrontendTwice() {
        cluster.put(service("web", "172.30.0.1")
                .ports(List.of(new ServicePort("a", Protocol.TCP, 80, 0), new ServicePort("b", Protocol.TCP, 80, 0)))
                .build());

        final PlanUpdate update = cluster.resolve();

        assertThat(update.plan()
                        .rule(tcp("172.30.0.1", 80))
                        .orElseThrow()
                        .owner()
                        .portName())
                .isEqualTo("a");
        assertThat(update.problems()).singleElement().satisfies(problem -> assertThat(problem.reason())
                .contains("ns/web:b:TCP"));
    }
}
