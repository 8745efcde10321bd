package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.iptables.render.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests in its own network namespaces, with the host's iptables; needs root. */
class IptablesBackendTest {
    @TempDir
    Path state;

    private Backend open(NetNs netns, Flavour flavour) throws BackendException {
        return new IptablesProvider()
                .open(new BackendConfig(
                        state, Map.of("netns", netns.name, "flavour", flavour.word(), "watch-seconds", "0")));
    }

    @Test
    void shouldNameTheNamespaceWhenItDoesNotExist() {
        final BackendConfig config = new BackendConfig(state, Map.of("netns", "no-such-namespace"));

        assertThatThrownBy(() -> new IptablesProvider().open(config))
                .isInstanceOf(BackendException.class)
                .hasMessageStartingWith("iptables: could not be started; nothing was changed: ")
                .hasMessageContaining("no-such-namespace");
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

    private static final ServicePortName WEB = Plans.owner("web", Protocol.TCP);
    private static final EndpointPool POOL =
            Plans.pool(WEB, PoolId.Scope.CLUSTER, IpFamily.IPV4, "10.0.0.1,8080", "10.0.0.2,8080");

    private static Rule good(int i) {
        final ServicePortName owner = Plans.owner("good" + i, Protocol.TCP);
        return Plans.usual(Plans.clusterIp(owner, "172.30.1." + i, 80), POOL);
    }

    /** Returns a rule whose affinity is longer than the kernel can count. */
    private static Rule bad(int i) {
        final ServicePortName owner = Plans.owner("bad" + i, Protocol.TCP);
        return Plans.usual(Plans.clusterIp(owner, "172.30.2." + i, 80).affinity(1L << 40), POOL);
    }

    private static ApplyReport apply(Backend backend, ForwardingPlan before, ForwardingPlan after)
            throws BackendException {
        return backend.apply(after, Plans.delta(before, after));
    }

    private static final ForwardingPlan NOTHING = Plans.plan(ForwardingPlan.EMPTY_VERSION, List.of());

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldKeepOutOnlyWhatTheHostRefuses(Flavour flavour) throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns, flavour)) {
            final List<Rule> rules = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                rules.add(i == 7 || i == 31 ? bad(i) : good(i));
            }
            final ForwardingPlan first = Plans.plan(1, rules);

            final ApplyReport report = apply(backend, NOTHING, first);

            assertThat(report.rulesInForce()).isEqualTo(38);
            assertThat(report.problems())
                    .allMatch(problem -> problem.kind() == RuleProblem.Kind.REFUSED)
                    .extracting(RuleProblem::owner)
                    .containsExactlyInAnyOrder(bad(7).owner(), bad(31).owner());
            assertThat(backend.audit().findings()).isEmpty();

            rules.set(7, good(7));
            rules.set(8, bad(8));
            final ForwardingPlan second = Plans.plan(2, rules);
            final ApplyReport next = apply(backend, first, second);
            assertThat(next.problems())
                    .extracting(RuleProblem::owner)
                    .containsExactlyInAnyOrder(bad(8).owner(), bad(31).owner());
            assertThat(next.rulesInForce()).isEqualTo(38);
            assertThat(backend.audit().findings()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldRemoveOnlyWhatIsStaleWhenRestarted(Flavour flavour) throws Exception {
        try (NetNs netns = NetNs.create()) {
            netns.run("iptables-" + flavour.word(), "-N", "OTHERS");
            netns.run("iptables-" + flavour.word(), "-A", "FORWARD", "-s", "198.51.100.7", "-j", "OTHERS");
            try (Backend backend = open(netns, flavour)) {
                apply(backend, NOTHING, Plans.plan(1, List.of(good(1), good(2), good(3))));
            }
            final String before = rules(netns, flavour);
            try (Backend backend = open(netns, flavour)) {
                assertThat(rules(netns, flavour)).isEqualTo(before);
                final ApplyReport report = apply(backend, NOTHING, Plans.plan(1, List.of(good(1), good(2), good(4))));
                assertThat(report.changes())
                        .isEqualTo(1); // the chain that holds both the rule removed and the rule added
                assertThat(backend.audit().findings()).isEmpty();
                assertThat(rules(netns, flavour)).contains("-A FORWARD -s 198.51.100.7/32 -j OTHERS");
            }
        }
    }

    private static String rules(NetNs netns, Flavour flavour) throws IOException {
        return netns.run(flavour.save(IpFamily.IPV4))
                .replaceAll("(?m)^#.*$", "")
                .replaceAll("\\[\\d+:\\d+]", "");
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldRemoveExactlyWhatItOwnsWhenCleanedUpByAnother(Flavour flavour) throws Exception {
        try (NetNs netns = NetNs.create()) {
            netns.run("iptables-" + flavour.word(), "-N", "OTHERS");
            netns.run("iptables-" + flavour.word(), "-A", "FORWARD", "-s", "198.51.100.7", "-j", "OTHERS");
            final String before = rules(netns, flavour);
            final Backend crashed = open(netns, flavour);
            final ForwardingPlan plan =
                    Plans.plan(1, Plans.node("192.168.0.2", "127.0.0.1"), List.of(), List.of(good(1), good(2)));
            crashed.apply(plan, Plans.delta(NOTHING, plan));
            assertThat(netns.run("cat", "/proc/sys/net/ipv4/conf/all/route_localnet"))
                    .isEqualTo("1\n");
            final String applied = rules(netns, flavour);

            try (Backend other = open(netns, flavour)) {
                final List<String> announced = other.cleanup(true).removed();
                assertThat(rules(netns, flavour)).isEqualTo(applied);
                assertThat(other.cleanup(false).removed()).isEqualTo(announced).hasSizeGreaterThan(20);
                assertThat(other.cleanup(true).removed()).isEmpty();
            }
            final String after = rules(netns, flavour);
            assertThat(after.lines())
                    .containsAll(
                            before.lines().filter(line -> !line.contains("PTS")).toList());
            assertThat(after).doesNotContain("PTS-SERVICES").doesNotContain("PTS-P-");
            assertThat(netns.run("cat", "/proc/sys/net/ipv4/conf/all/route_localnet"))
                    .isEqualTo("0\n");
            crashed.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldNoticeAndRepairWhenSomebodyMeddles(Flavour flavour) throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns, flavour)) {
            final ForwardingPlan plan = Plans.plan(1, List.of(good(1), good(2)));
            apply(backend, NOTHING, plan);
            netns.run("iptables-" + flavour.word(), "-t", "nat", "-F", Names.VIPS);
            netns.run("iptables-" + flavour.word(), "-D", "FORWARD", "-j", Names.FORWARD);

            assertThat(backend.audit().findings())
                    .containsExactlyInAnyOrder(
                            "IPv4 table filter: the jump from FORWARD to PTS-FORWARD is missing",
                            "IPv4 table nat: chain PTS-V has other rules than ours");
            final ForwardingPlan same = new ForwardingPlan(2, plan.rules(), plan.pools(), plan.node(), List.of());
            apply(backend, plan, same);
            assertThat(backend.audit().findings()).isEmpty();
        }
    }
}
