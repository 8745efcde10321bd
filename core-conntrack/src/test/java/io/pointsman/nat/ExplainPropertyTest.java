package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.nat.reference.PlanGenerator;
import io.pointsman.nat.reference.World;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random plans and tuples: what is explained must be what happens. */
class ExplainPropertyTest {
    private static final long SEED = Long.getLong("pointsman.seed", 20_261_123L);
    private static final int PLANS = Integer.getInteger("pointsman.explain.plans", 25);
    private static final int TUPLES = 200;

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldAgreeWithConnectWhenPlansAndTuplesAreRandom(IpFamily family) {
        final World world = new World(family);
        final Random random = new Random(SEED);
        final PlanGenerator plans = new PlanGenerator(world, random);
        int forwarded = 0;
        try (NatEngine engine = NatEngine.create(
                EngineConfig.builder().capacity(1024).hashSeed(SEED).build())) {
            ForwardingPlan before = ForwardingPlan.empty(plans.next().node());
            for (int round = 0; round < PLANS; round++) {
                final ForwardingPlan plan = plans.next();
                engine.apply(plan, PlanDelta.between(before, plan));
                before = plan;
                for (int i = 0; i < TUPLES; i++) {
                    // steps of 3 s: some clients come back while their affinity lasts
                    forwarded += check(engine, request(world, plan, random), (round * TUPLES + i) * 3_000_000_000L);
                }
            }
        }
        assertThat(forwarded).as("seed " + SEED).isGreaterThan(PLANS * TUPLES / 20);
    }

    private static ExplainRequest request(World world, ForwardingPlan plan, Random random) {
        final List<IpAddress> clients = world.clients();
        final IpAddress client = clients.get(random.nextInt(clients.size()));
        final List<Frontend> frontends = plan.rules().keySet().stream().sorted().toList();
        final Frontend frontend = frontends.get(random.nextInt(frontends.size()));
        final IpAddress vip =
                switch (random.nextInt(8)) {
                    case 0 -> world.stranger(1);
                    case 1 -> world.loopback();
                    case 2 -> world.bridge();
                    default -> frontend.isNodePort() ? world.primary() : frontend.vip();
                };
        final int port = random.nextInt(8) == 0 ? 32_122 : random.nextInt(8) == 0 ? 81 : frontend.port();
        final Protocol protocol = random.nextInt(8) == 0 ? Protocol.SCTP : frontend.protocol();
        return new ExplainRequest(protocol, client, 1024 + random.nextInt(60_000), vip, port, world.inputOf(client));
    }

    private static int check(NatEngine engine, ExplainRequest request, long now) {
        final String what = "seed " + SEED + ": " + request;
        final Explanation told = engine.explain(request, now);
        assertThat(engine.explain(request, now)).as("twice, " + what).isEqualTo(told);
        assertThat(told.outcome()).as(what).startsWith(request.toString());
        final ConnectDecision happened = engine.connect(
                request.protocol(),
                request.source(),
                request.sourcePort(),
                request.destination(),
                request.destinationPort(),
                request.inputInterface().map(InputInterface::of).orElse(InputInterface.NONE),
                now);
        return switch (happened) {
            case ConnectDecision.Refused refused -> {
                assertThat(told.verdict()).as(what).isEqualTo(refused.verdict());
                assertThat(told.reason()).as(what).isEqualTo(refused.reason());
                told.rule().stream()
                        .flatMap(rule -> rule.serving().endpoints().stream())
                        .forEach(
                                endpoint -> assertThat(engine.target(request, endpoint.address(), endpoint.port(), now))
                                        .as("%s to %s", what, endpoint)
                                        .isEmpty());
                yield 0;
            }
            case ConnectDecision.Forward forward -> {
                if (told.reason() != Reason.NO_EGRESS_ADDRESS) { // of the packet path only
                    assertThat(told.verdict()).as(what).isEqualTo(Verdict.FORWARD);
                }
                assertThat(told.rule()).as(what).contains(forward.rule());
                assertThat(told.candidates()).as(what).contains(forward.endpoint());
                final List<Explanation.Target> targets = told.targets().stream()
                        .filter(target -> target.endpoint().equals(forward.endpoint()))
                        .toList();
                assertThat(targets)
                        .as("%s went to %s, told %s", what, forward.endpoint(), told)
                        .hasSize(1);
                assertThat(targets.getFirst().masquerade()).as(what).isEqualTo(forward.masquerade());
                assertThat(engine.target(
                                request,
                                forward.endpoint().address(),
                                forward.endpoint().port(),
                                now))
                        .as(what)
                        .contains(targets.getFirst());
                assertThat(engine.target(request, request.source(), 1, now))
                        .as("%s to none of its endpoints", what)
                        .isEmpty();
                assertKnown(engine, request, forward, now);
                engine.disconnect(forward.flow(), now);
                yield 1;
            }
        };
    }

    private static void assertKnown(
            NatEngine engine, ExplainRequest request, ConnectDecision.Forward forward, long now) {
        final Explanation known = engine.explain(request, now);
        final List<Explanation.Kind> kinds = new ArrayList<>();
        known.steps().forEach(step -> kinds.add(step.kind()));
        assertThat(kinds).containsExactly(Explanation.Kind.KNOWN_FLOW);
        assertThat(known.flow().orElseThrow().destination())
                .isEqualTo(forward.endpoint().address());
    }
}
