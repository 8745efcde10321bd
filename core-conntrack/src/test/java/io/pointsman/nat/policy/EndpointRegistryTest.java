package io.pointsman.nat.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.nat.ConnectDecision;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.ExplainRequest;
import io.pointsman.nat.Explanation;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.Plans;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EndpointRegistryTest {
    private static final ServicePortName WEB = Plans.name("web", Protocol.TCP);

    private static PoolEndpoint endpoint(int number) {
        return new PoolEndpoint(IpAddress.ofIpv4(0x0AB4_0000 + number), 8080, 1, true);
    }

    @Test
    void shouldNeverGiveANumberAgainWhileItsPlaceIsUsedAgain() {
        final EndpointRegistry registry = new EndpointRegistry();
        final Set<Integer> given = new HashSet<>();
        for (int i = 1; i <= 3 * EndpointRegistry.RESTING_PLACES; i++) {
            final EndpointState state = registry.use(WEB, endpoint(i));
            assertThat(given.add(state.id)).as("number %d twice", state.id).isTrue();
            assertThat(registry.byId(state.id)).isSameAs(state);
            registry.drop(WEB, state);
            registry.reclaim();
            assertThat(registry.byId(state.id)).isNull();
        }
        final int last = given.stream().mapToInt(id -> id & 0x3F_FFFF).max().orElseThrow();
        assertThat(last).as("places").isLessThan(EndpointRegistry.RESTING_PLACES + 10);
    }

    @Test
    void shouldNotBindClientsOfAGoneEndpointToWhoeverGetsItsPlace() {
        final Duration days = Duration.ofDays(30);
        try (NatEngine engine =
                NatEngine.create(EngineConfig.builder().hashSeed(7).build())) {
            final IpAddress client = IpAddress.parse("198.51.100.79");
            final IpAddress vip = IpAddress.parse("10.0.0.1");
            ForwardingPlan plan = apply(engine, ForwardingPlan.empty(Plans.FACTS), 1, days, endpoint(1));
            assertThat(engine.connect(Protocol.TCP, client, 1, vip, 80, 0))
                    .isInstanceOfSatisfying(
                            ConnectDecision.Forward.class, forward -> engine.disconnect(forward.flow(), 0));
            for (int i = 2; i < 2 * EndpointRegistry.RESTING_PLACES; i++) {
                plan = apply(engine, plan, i, days, endpoint(i));
            }
            // Were the first number given again, all of a thousand choices would fall on one endpoint.
            final PoolEndpoint[] many = new PoolEndpoint[8];
            for (int i = 0; i < many.length; i++) {
                many[i] = endpoint(100_000 + i);
            }
            apply(engine, plan, 1_000_000, days, many);
            final Explanation explained =
                    engine.explain(new ExplainRequest(Protocol.TCP, client, 2, vip, 80, Optional.empty()), 0);
            assertThat(explained.targets()).hasSize(8);
        }
    }

    private static ForwardingPlan apply(
            NatEngine engine, ForwardingPlan before, long version, Duration affinity, PoolEndpoint... endpoints) {
        final Rule rule =
                Plans.rule(Protocol.TCP, "10.0.0.1", 80).affinity(affinity).to(endpoints);
        final ForwardingPlan after = Plans.plan(version, rule);
        Plans.apply(engine, before, after);
        return after;
    }
}
