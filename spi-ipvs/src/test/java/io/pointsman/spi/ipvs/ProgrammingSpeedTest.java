package io.pointsman.spi.ipvs;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Measures, when asked; asserts that what was measured was done. */
@EnabledIfSystemProperty(named = "pointsman.measure", matches = "true")
@ExtendWith(LabExtension.class)
class ProgrammingSpeedTest {
    private static final int SERVERS = 10_000;
    private static final int DESTINATIONS = 5;
    private static final int ROUNDS = 5;
    private static final int CHANGES = 21;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    private static IpAddress vip(int server) {
        return IpAddress.ofIpv4(0x0A60_0000 + server + 1);
    }

    private static IpAddress endpoint(int server, int number) {
        return IpAddress.ofIpv4(0x0AB4_0000 + server * DESTINATIONS + number + 1);
    }

    @Test
    void shouldProgramTenThousandServersBesideIpvsadm(TestReporter reporter) throws Exception {
        final Map<ServerKey, Optional<Wanted>> wanted = new HashMap<>();
        final StringBuilder restore = new StringBuilder();
        for (int i = 0; i < SERVERS; i++) {
            final Map<Destination, Integer> weights = new HashMap<>();
            restore.append("-A -t ").append(vip(i)).append(":80 -s rr\n");
            for (int j = 0; j < DESTINATIONS; j++) {
                weights.put(new Destination(endpoint(i, j), 8080), 1);
                restore.append("-a -t ").append(vip(i)).append(":80 -r ");
                restore.append(endpoint(i, j)).append(":8080 -m -w 1\n");
            }
            wanted.put(
                    ServerKey.of(Protocol.TCP, vip(i), 80),
                    Optional.of(new Wanted(new ServerSpec("rr", 0, 0), weights, true)));
        }
        final File text = Files.writeString(folder.resolve("restore"), restore).toFile();
        final List<Double> ours = new ArrayList<>();
        final List<Double> theirs = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            try (Lab lab = Lab.open()) {
                final LabHost host = lab.addHost("ours" + round);
                ours.add(netlink(host, wanted, folder.resolve("state" + round)));
                assertThat(lines(host)).isEqualTo(SERVERS * (1 + DESTINATIONS));
                host.run("ipvsadm", "-C").outputOrFail();
                theirs.add(seconds(() -> {
                    final Process process = host.start(new ProcessBuilder("ipvsadm", "-R")
                            .redirectInput(text)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD));
                    assertThat(process.waitFor()).isZero();
                }));
                assertThat(lines(host)).isEqualTo(SERVERS * (1 + DESTINATIONS));
            }
        }
        reporter.publishEntry("netlink, " + SERVERS + " x " + DESTINATIONS + ", seconds by round", text(ours));
        reporter.publishEntry("ipvsadm -R of the same, seconds by round", text(theirs));
        reporter.publishEntry(
                "ipvsadm / netlink, medians", String.format(Locale.ROOT, "%.2f", median(theirs) / median(ours)));
    }

    private static double netlink(LabHost host, Map<ServerKey, Optional<Wanted>> wanted, Path state) throws Exception {
        return host.call(() -> {
            final Servers servers = Servers.open(Ledger.open(state), 1).orElseThrow();
            try {
                return seconds(() ->
                        assertThat(servers.apply(wanted, System.nanoTime())).isEqualTo(SERVERS * (1 + DESTINATIONS)));
            } finally {
                servers.close();
            }
        });
    }

    private static long lines(LabHost host) throws IOException {
        return host.run("ipvsadm", "-Sn").outputOrFail().lines().count();
    }

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
                final double whole = seconds(() -> lab.apply(first));
                final List<Double> endpoint = new ArrayList<>();
                final List<Double> service = new ArrayList<>();
                for (int i = 0; i < CHANGES; i++) {
                    plan = change(lab, plan, rules, rule(7, i + 1), endpoint);
                    plan = change(lab, plan, rules, null, service);
                    plan = change(lab, plan, rules, rule(7, i + 1), service);
                }
                reporter.publishEntry("first apply of " + services + " services, seconds", text(List.of(whole)));
                reporter.publishEntry(
                        "an endpoint among " + services + " services, median milliseconds",
                        text(List.of(1000 * median(endpoint))));
                reporter.publishEntry(
                        "a service among " + services + ", median milliseconds", text(List.of(1000 * median(service))));
                assertThat(lab.backend().audit().findings()).isEmpty();
            }
        }
    }

    private static Rule rule(int number, int generation) {
        final String[] endpoints = new String[DESTINATIONS];
        for (int j = 0; j < DESTINATIONS; j++) {
            endpoints[j] = endpoint(number, j) + ",8080";
        }
        endpoints[0] = "10.250.0." + (generation + 1) + ",8080";
        return Plans.rule("s" + number, Protocol.TCP, vip(number).toString(), 80, endpoints)
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
        seconds.add(seconds(() -> lab.backend().apply(after, delta)));
        return after;
    }

    private interface Work {
        void run() throws Exception;
    }

    private static double seconds(Work work) throws Exception {
        final long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static String text(List<Double> values) {
        return String.join(
                " ",
                values.stream()
                        .map(value -> String.format(Locale.ROOT, "%.2f", value))
                        .toList());
    }
}
