package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.RuleProblem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** In network namespaces of its own, with the host's iptables; needs root. */
class IptablesBackendTest {
    @TempDir
    Path state;

    private Backend open(NetNs netns, Flavour flavour) throws BackendException {
        return new IptablesProvider()
                .open(new BackendConfig(
                        state, Map.of("netns", netns.name, "flavour", flavour.word(), "canary-seconds", "0")));
    }

    private static List<Rule> without(List<RuleProblem.Kind> kinds, ApplyReport report, ForwardingPlan plan) {
        return report.problems().stream()
                .filter(problem -> kinds.contains(problem.kind()))
                .map(problem -> plan.rules().get(problem.frontend()))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldHaveInTheKernelExactlyWhatItRenderedWhenPlansChangeAtRandom(Flavour flavour) throws Exception {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final RandomPlans services = new RandomPlans(random);
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns, flavour)) {
            final List<List<Rule>> current = new ArrayList<>();
            ForwardingPlan before = Plans.plan(ForwardingPlan.EMPTY_VERSION, List.of());
            for (int step = 1; step <= 12; step++) {
                for (int i = 0; i < (step == 1 ? 60 : 10); i++) {
                    final IpFamily family = random.nextBoolean() ? IpFamily.IPV4 : IpFamily.IPV6;
                    if (!current.isEmpty() && random.nextInt(3) == 0) {
                        current.set(random.nextInt(current.size()), List.of());
                    } else {
                        current.add(services.service(current.size(), family));
                    }
                }
                final ForwardingPlan plan = Plans.plan(
                        step,
                        Plans.node("192.168.0.2", "127.0.0.1", "2001:db8::2"),
                        List.of(new HealthCheck(new ObjectName("ns", "x"), 32000 + step, 1)),
                        current.stream().flatMap(List::stream).toList());
                final ApplyReport report = backend.apply(plan, Plans.delta(before, plan));
                before = plan;
                assertThat(without(List.of(RuleProblem.Kind.REFUSED), report, plan))
                        .as("seed %d, step %d", seed, step)
                        .isEmpty();
                assertThat(report.rulesInForce()).isEqualTo(plan.rules().size());
                assertThat(backend.audit().findings())
                        .as("seed %d, step %d", seed, step)
                        .isEmpty();
            }
            shouldChangeNothingWhenRestarted(netns, flavour, before);
        }
    }

    private void shouldChangeNothingWhenRestarted(NetNs netns, Flavour flavour, ForwardingPlan plan) throws Exception {
        final ForwardingPlan same = new ForwardingPlan(1, plan.rules(), plan.pools(), plan.node(), plan.healthChecks());
        try (Backend restarted = open(netns, flavour)) {
            assertThat(restarted.apply(same, Plans.delta(null, same)).changes()).isZero();
        }
    }
}
