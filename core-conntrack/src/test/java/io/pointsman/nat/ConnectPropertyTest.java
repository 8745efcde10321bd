package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.nat.reference.Decision;
import io.pointsman.nat.reference.PlanGenerator;
import io.pointsman.nat.reference.World;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolEndpoint;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random plans, one after the other: what a socket backend is told must be what the plan says, read by brute force. */
class ConnectPropertyTest {
    private static final long SEED = Long.getLong("pointsman.seed", 20_261_123L);
    private static final int PLANS = Integer.getInteger("pointsman.connect.plans", 60);
    private static final int ATTEMPTS = 40; // a pool has 6 endpoints at most: all of them show up, but for 1 in 10^3

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldDecideAsThePlanSaysWhenPlansChange(IpFamily family) {
        final World world = new World(family);
        final PlanGenerator plans = new PlanGenerator(world, new Random(SEED));
        try (NatEngine engine =
                NatEngine.create(EngineConfig.builder().hashSeed(SEED).build())) {
            ForwardingPlan before = plans.next();
            engine.apply(before, PlanDelta.between(ForwardingPlan.empty(before.node()), before));
            long now = 0;
            for (int round = 0; round < PLANS; round++) {
                final ForwardingPlan plan = plans.next();
                engine.apply(plan, PlanDelta.between(before, plan));
                before = plan;
                now += 1_000_000_000_000L; // affinity is forgotten
                for (Frontend frontend : plan.rules().keySet()) {
                    for (IpAddress client : world.clients()) {
                        check(engine, plan, world, frontend, client, now);
                    }
                }
            }
        }
    }

    private static void check(
            NatEngine engine, ForwardingPlan plan, World world, Frontend frontend, IpAddress client, long now) {
        final IpAddress vip = frontend.isNodePort() ? world.primary() : frontend.vip();
        final Optional<String> input = world.inputOf(client);
        final Decision expected = Decision.of(plan, frontend.protocol(), client, vip, frontend.port(), input);
        if (expected instanceof Decision.Forward forward && forward.candidates().isEmpty()) {
            return; // weight 0 throughout: BalancingTest
        }
        final String what = "seed " + SEED + ", plan " + plan.version() + ", " + client + " to " + frontend;
        final List<Long> flows = new ArrayList<>();
        final Set<PoolEndpoint> seen = new HashSet<>();
        for (int attempt = 0; attempt < (expected instanceof Decision.Forward ? ATTEMPTS : 1); attempt++) {
            final ConnectDecision decision = engine.connect(
                    frontend.protocol(),
                    client,
                    40_000 + attempt,
                    vip,
                    frontend.port(),
                    input.map(InputInterface::of).orElse(InputInterface.NONE),
                    now);
            switch (expected) {
                case Decision.Plain plain ->
                    assertThat(decision)
                            .as(what)
                            .isInstanceOfSatisfying(ConnectDecision.Refused.class, refused -> assertThat(
                                            refused.verdict().name())
                                    .isEqualTo(plain.outcome().name()));
                case Decision.Forward forward -> {
                    assertThat(decision).as(what).isInstanceOf(ConnectDecision.Forward.class);
                    final ConnectDecision.Forward got = (ConnectDecision.Forward) decision;
                    assertThat(got.endpoint()).as(what).isIn(forward.candidates());
                    assertThat(got.rule()).as(what).isEqualTo(forward.rule());
                    assertThat(got.masquerade())
                            .as(what)
                            .isEqualTo(forward.masquerade()
                                    || got.endpoint().address().equals(client));
                    seen.add(got.endpoint());
                    flows.add(got.flow());
                }
            }
        }
        if (expected instanceof Decision.Forward forward && mustSpread(forward)) {
            assertThat(seen).as(what).hasSameSizeAs(forward.candidates());
        }
        if (expected instanceof Decision.Forward forward && !mustSpread(forward) && !isRandom(forward)) {
            assertThat(seen).as(what).hasSize(1);
        }
        flows.forEach(flow -> engine.disconnect(flow, now));
    }

    private static boolean mustSpread(Decision.Forward forward) {
        return forward.rule().affinity().isEmpty()
                && switch (forward.rule().balancing()) {
                    case ROUND_ROBIN, LEAST_CONNECTIONS -> true;
                    case RANDOM, WEIGHTED, SOURCE_HASH, MAGLEV -> false;
                };
    }

    private static boolean isRandom(Decision.Forward forward) {
        return forward.rule().affinity().isEmpty()
                && switch (forward.rule().balancing()) {
                    case RANDOM, WEIGHTED -> true;
                    case ROUND_ROBIN, LEAST_CONNECTIONS, SOURCE_HASH, MAGLEV -> false;
                };
    }
}
