package io.pointsman.plan;

import static io.pointsman.plan.Cluster.http;
import static io.pointsman.plan.Cluster.options;
import static io.pointsman.plan.Cluster.service;
import static io.pointsman.plan.Cluster.slice;
import static io.pointsman.plan.Cluster.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Service;
import org.junit.jupiter.api.Test;

class PlanResolverTest {
    @Test
    void shouldForwardAndMasqueradeOutsidersWhenAServiceHasEndpoints() {
        final Cluster cluster = new Cluster(options().build());
        cluster.put(service("web", "172.30.0.1").build()).put(slice("web", "10.0.0.1", "10.0.0.2"));

        final ForwardingPlan plan = cluster.resolve().plan();

        final Rule rule = plan.rule(tcp("172.30.0.1", 80)).orElseThrow();
        final EndpointPool pool = plan.pool(new PoolId(http("web"), IpFamily.IPV4, PoolId.Scope.CLUSTER))
                .orElseThrow();
        assertThat(pool.endpoints())
                .extracting(PoolEndpoint::toString)
                .containsExactly("10.0.0.1:8080", "10.0.0.2:8080");
        assertThat(rule.fromLocalPod()).isEqualTo(new Action.Forward(pool, false));
        assertThat(rule.fromNode()).isEqualTo(new Action.Forward(pool, true));
        assertThat(rule.fromExternal()).isEqualTo(new Action.Forward(pool, true));
    }

    @Test
    void shouldGiveTheSamePlanWhenNothingChanged() {
        final Cluster cluster = new Cluster(options().build());
        final Service web = service("web", "172.30.0.1").build();
        final PlanUpdate first = cluster.put(web).resolve();

        final PlanUpdate second = cluster.put(web).resolve();

        assertThat(second.plan()).isSameAs(first.plan());
        assertThat(second.delta().isEmpty()).isTrue();
        assertThat(cluster.resolver.servicesResolved()).isEqualTo(1);
    }
}
