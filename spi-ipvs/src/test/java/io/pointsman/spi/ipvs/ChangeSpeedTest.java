package io.pointsman.spi.ipvs;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.testkit.lab.LabExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Measures, when asked, what a change costs beside many Services; asserts that what was measured was done. */
@EnabledIfSystemProperty(named = "pointsman.measure", matches = "true")
@ExtendWith(LabExtension.class)
class ChangeSpeedTest {
    private static final int CHANGES = 21;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    @Test
    void shouldChangeOneServiceAmongMany(TestReporter reporter) throws Exception {
        for (int services : new int[] {100, 1_000, 10_000}) {
            try (IpvsNode lab = IpvsNode.open(folder.resolve("of" + services), Map.of())) {
                final List<Rule> rules = new ArrayList<>();
                for (int i = 0; i < services; i++) {
                    rules.add(rule(i, 0));
                }
                ForwardingPlan plan = Plans.plan(1, Plans.node(Plans.NODE.toString()), rules);
                final ForwardingPlan first = plan;
                final double whole = Measure.seconds(() -> lab.apply(first));
                final List<Double> endpoint = new ArrayList<>();
                final List<Double> service = new ArrayList<>();
                for (int i = 0; i < CHANGES; i++) {
                    plan = change(lab, plan, rules, rule(7, i + 1), endpoint);
                    plan = change(lab, plan, rules, null, service);
                    plan = change(lab, plan, rules, rule(7, i + 1), service);
                }
                reporter.publishEntry(
                        "first apply of " + services + " services, seconds", Measure.text(List.of(whole)));
                reporter.publishEntry(
                        "an endpoint among " + services + " services, median milliseconds",
                        Measure.text(List.of(1000 * Measure.median(endpoint))));
                reporter.publishEntry(
                        "a service among " + services + ", median milliseconds",
                        Measure.text(List.of(1000 * Measure.median(service))));
                assertThat(lab.backend().audit().findings()).isEmpty();
            }
        }
    }

    private static Rule rule(int number, int generation) {
        final String[] endpoints = new String[ProgrammingSpeedTest.DESTINATIONS];
        for (int j = 0; j < ProgrammingSpeedTest.DESTINATIONS; j++) {
            endpoints[j] = ProgrammingSpeedTest.endpoint(number, j) + ",8080";
        }
        endpoints[0] = "10.250.0." + (generation + 1) + ",8080";
        return Plans.rule(
                        "s" + number,
                        Protocol.TCP,
                        ProgrammingSpeedTest.vip(number).toString(),
                        80,
                        endpoints)
                .build();
    }

    /** Puts another rule in the place of number 7, or none; measures the apply alone. */
    private static ForwardingPlan change(
            IpvsNode lab, ForwardingPlan before, List<Rule> rules, @Nullable Rule rule, List<Double> seconds)
            throws Exception {
        final Rule old = before.rules().get(rules.get(7).frontend());
        final Map<Frontend, Rule> all = new HashMap<>(before.rules());
        if (rule == null) {
            all.remove(rules.get(7).frontend());
        } else {
            all.put(rule.frontend(), rule);
        }
        final ForwardingPlan after =
                new ForwardingPlan(before.version() + 1, all, before.pools(), before.node(), before.healthChecks());
        final PlanDelta delta = new PlanDelta(
                before.version(),
                after.version(),
                List.of(new PlanDelta.RuleChange(rules.get(7).frontend(), old, rule)),
                List.of(),
                false,
                false);
        seconds.add(Measure.seconds(() -> lab.backend().apply(after, delta)));
        return after;
    }
}
