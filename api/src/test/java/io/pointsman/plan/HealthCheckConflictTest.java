package io.pointsman.plan;

import static io.pointsman.plan.Cluster.name;
import static io.pointsman.plan.Cluster.options;
import static io.pointsman.plan.Cluster.service;
import static io.pointsman.plan.Cluster.slice;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceType;
import io.pointsman.model.TrafficPolicy;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Tests that the older of two Services keeps a healthCheckNodePort that both claim, and that the other's claim is reported.
 */
class HealthCheckConflictTest {
    private final Cluster cluster = new Cluster(options().build());

    private static Service claimant(String name, int number, int port, int createdAtSecond) {
        return service(name, "172.30.0." + number)
                .type(ServiceType.LOAD_BALANCER)
                .externalPolicy(TrafficPolicy.LOCAL)
                .healthCheckNodePort(port)
                .createdAt(Instant.ofEpochSecond(createdAtSecond))
                .build();
    }

    @Test
    void shouldAnswerForTheOlderServiceAndReportTheOther() {
        cluster.put(claimant("a-young", 1, 32_122, 20)).put(slice("a-young", "10.0.0.1"));
        assertThat(cluster.resolve().problems()).isEmpty();

        final PlanUpdate update = cluster.put(claimant("b-old", 2, 32_122, 10)).resolve();

        assertThat(update.plan().healthChecks())
                .containsExactly(new HealthCheck(name("b-old"), Set.of(IpFamily.IPV4), 32_122, 0));
        assertThat(update.delta().healthChanged()).isTrue();
        assertThat(update.problems())
                .containsExactly(new PlanProblem(
                        name("a-young"),
                        Optional.empty(),
                        "healthCheckNodePort 32122 is not served for it, ns/b-old has it: of two Services that claim"
                                + " it the older keeps it; give one of them another port"));
    }

    @Test
    void shouldPassToTheNextWhenTheKeeperGoes() {
        final Service old = claimant("old", 1, 32_122, 10);
        cluster.put(old).put(claimant("young", 2, 32_122, 20)).put(claimant("middle", 3, 32_122, 15));
        assertThat(cluster.resolve().problems())
                .extracting(PlanProblem::service)
                .containsExactly(name("middle"), name("young"));

        final PlanUpdate update = cluster.delete(old).resolve();

        assertThat(update.plan().healthChecks())
                .extracting(HealthCheck::service)
                .containsExactly(name("middle"));
        assertThat(update.problems()).extracting(PlanProblem::service).containsExactly(name("young"));
    }

    @Test
    void shouldFindNothingWrongWhenPortsDiffer() {
        cluster.put(claimant("old", 1, 32_122, 10)).put(claimant("young", 2, 32_123, 20));

        final PlanUpdate update = cluster.resolve();

        assertThat(update.problems()).isEmpty();
        assertThat(update.plan().healthChecks()).hasSize(2);
    }
}
