package io.pointsman.spi.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.RuleProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The backend in network namespaces, its tables read back by the host's nft; needs root. */
class NftablesBackendTest {
    @TempDir
    Path state;

    private Backend open(NetNs netns) throws BackendException {
        return open(netns, "connections");
    }

    private Backend open(NetNs netns, String counters) throws BackendException {
        return new NftablesProvider()
                .open(new BackendConfig(
                        state, Map.of("netns", netns.name, "watch-seconds", "0", "counters", counters)));
    }

    private static List<RuleProblem> refused(ApplyReport report) {
        return report.problems().stream()
                .filter(problem -> problem.kind() == RuleProblem.Kind.REFUSED)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "packets"})
    void shouldHaveInTheKernelExactlyWhatItRenderedWhenPlansChangeAtRandom(String counters) throws Exception {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final RandomPlans services = new RandomPlans(random);
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns, counters)) {
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
                        Plans.node("192.168.0.2", step % 2 == 0 ? "192.168.0.3" : "127.0.0.1", "2001:db8::2"),
                        List.of(new HealthCheck(new ObjectName("ns", "x"), 32000 + step, 1)),
                        current.stream().flatMap(List::stream).toList());
                final ApplyReport report = backend.apply(plan, Plans.delta(before, plan));
                before = plan;
                assertThat(refused(report)).as("seed %d, step %d", seed, step).isEmpty();
                assertThat(report.rulesInForce()).isEqualTo(plan.rules().size());
                assertThat(backend.audit().findings())
                        .as("seed %d, step %d", seed, step)
                        .isEmpty();
            }
            try (Backend next = open(netns, counters)) {
                final ApplyReport report = next.apply(before, PlanDelta.whole(before));
                assertThat(report.changes())
                        .as("what a restart changes, seed %d", seed)
                        .isZero();
                assertThat(next.audit().findings()).as("seed %d", seed).isEmpty();
            }
            requireLoadable(netns);
        }
    }

    /**
     * Requires that nft can load its own listing into an empty namespace. Of the table ip6, nft 1.0.6 lists the chain that
     * binds clients, but lacks the registers to read it.
     */
    private void requireLoadable(NetNs from) throws IOException {
        final Path listing = Files.writeString(
                state.resolve("listing"),
                from.run("nft", "list", "table", "ip", "pointsman")
                        + from.run("nft", "list", "table", "ip6", "pointsman")
                                .replaceAll("\t\tupdate @affinity .*\n", ""));
        try (NetNs to = NetNs.create()) {
            to.run("nft", "-f", listing.toString());
            assertThat(to.run("nft", "-s", "list", "ruleset").lines().filter(line -> line.contains(" map @")))
                    .isNotEmpty();
        }
    }

    private static EndpointPool pool(ServicePortName owner, String... endpoints) {
        return Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, endpoints);
    }

    private static List<Rule> services(int count, String... endpoints) {
        final List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final ServicePortName owner = Plans.owner("web" + i, Protocol.TCP);
            rules.add(Plans.usual(
                    Plans.clusterIp(owner, "172.30." + i / 250 + "." + (1 + i % 250), 80), pool(owner, endpoints)));
        }
        return rules;
    }

    private static long objects(NetNs netns) throws IOException {
        return netns.run("nft", "-t", "list", "ruleset")
                .lines()
                .filter(line -> line.strip().matches("(chain|map|set) .*"))
                .count();
    }

    @Test
    void shouldHaveAsManyChainsAndSetsForTenThousandServicesAsForTen() throws Exception {
        final String[] endpoints = {"10.0.0.1,8080", "10.0.0.2,8080", "10.0.0.3,8080"};
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns)) {
            final ForwardingPlan few = Plans.plan(1, services(10, endpoints));
            backend.apply(few, PlanDelta.whole(few));
            final long before = objects(netns);
            final ForwardingPlan many = Plans.plan(2, services(10_000, endpoints));
            final ApplyReport report = backend.apply(many, PlanDelta.between(few, many));
            assertThat(report.rulesInForce()).isEqualTo(10_000);
            assertThat(objects(netns)).isEqualTo(before);
            assertThat(backend.audit().findings()).isEmpty();
            requireReconciled(netns, many, 0);
            netns.run("nft", "add element ip pointsman services { 192.0.2.1 . tcp . 80 : drop }");
            netns.run("nft", "delete element ip pointsman endpoints { 172.30.3.7 . tcp . 80 . 1 }");
            requireReconciled(netns, many, 2);
            netns.run("nft", "add counter ip pointsman stray");
            requireReconciled(netns, many, 1);
        }
    }

    /** Requires a number of changes from a restart with a table so large that its elements are looked up by key. */
    private void requireReconciled(NetNs netns, ForwardingPlan plan, int changes) throws BackendException {
        try (Backend next = open(netns)) {
            assertThat(next.apply(plan, PlanDelta.whole(plan)).changes()).isEqualTo(changes);
            assertThat(next.audit().findings()).isEmpty();
        }
    }

    @Test
    void shouldWriteOnlyWhatDiffersWhenAnEndpointIsReplaced() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns)) {
            final ForwardingPlan before = Plans.plan(1, services(3, "10.0.0.1,8080", "10.0.0.2,8080"));
            backend.apply(before, PlanDelta.whole(before));
            final List<Rule> rules = new ArrayList<>(services(3, "10.0.0.1,8080", "10.0.0.2,8080"));
            rules.set(1, services(3, "10.0.0.1,8080", "10.0.0.3,8080").get(1));
            final ForwardingPlan after = Plans.plan(2, rules);
            final ApplyReport report = backend.apply(after, PlanDelta.between(before, after));
            // one slot and the local endpoint's hairpin, out and in
            assertThat(report.changes()).isEqualTo(3);
            assertThat(backend.audit().findings()).isEmpty();
        }
    }

    @Test
    void shouldKeepOutTheServiceThatTheKernelRefusesAndServeAllOthers() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns)) {
            final List<Rule> rules = new ArrayList<>(services(40, "10.0.0.1,8080", "10.0.0.2,8080"));
            final ServicePortName owner = Plans.owner("poisoned", Protocol.TCP);
            // endpoints of the other family: values of a length that the map does not take
            rules.add(
                    17,
                    Plans.usual(
                            Plans.clusterIp(owner, "172.31.0.1", 80),
                            Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV6, "fd00::1,80", "fd00::2,80")));
            final ForwardingPlan plan = Plans.plan(1, rules);
            final ApplyReport report = backend.apply(plan, PlanDelta.whole(plan));
            assertThat(report.rulesInForce()).isEqualTo(40);
            assertThat(refused(report)).singleElement().satisfies(problem -> {
                assertThat(problem.owner()).isEqualTo(owner);
                assertThat(problem.reason()).contains("hairpins");
            });
            assertThat(backend.audit().findings()).isEmpty();
            rules.removeIf(rule -> rule.owner().equals(owner));
            final ForwardingPlan healed = Plans.plan(2, rules);
            final ApplyReport after = backend.apply(healed, PlanDelta.between(plan, healed));
            assertThat(after.problems()).isEmpty();
            assertThat(after.rulesInForce()).isEqualTo(40);
        }
    }

    @Test
    void shouldServeAChangedRuleWithItsOldEndpointsWhenTheKernelRefusesTheChange() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns)) {
            final List<Rule> rules = services(2, "10.0.0.1,8080");
            final ForwardingPlan before = Plans.plan(1, rules);
            backend.apply(before, PlanDelta.whole(before));
            final ServicePortName owner = rules.get(1).owner();
            final ForwardingPlan after = Plans.plan(
                    2,
                    List.of(
                            services(2, "10.0.0.2,8080").getFirst(),
                            Plans.usual(
                                    Plans.clusterIp(owner, "172.30.0.2", 80),
                                    Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV6, "fd00::1,80"))));
            final ApplyReport report = backend.apply(after, PlanDelta.between(before, after));
            assertThat(refused(report)).hasSize(1);
            assertThat(netns.run("nft", "list", "map", "ip", "pointsman", "endpoints"))
                    .contains("172.30.0.1 . tcp . 80 . 0 : 10.0.0.2 . 8080")
                    .contains("172.30.0.2 . tcp . 80 . 0 : 10.0.0.1 . 8080");
        }
    }

    @Test
    void shouldMendWhatSomebodyElseChangedAndTouchNothingElse() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns)) {
            final ForwardingPlan plan = Plans.plan(1, services(20, "10.0.0.1,8080", "10.0.0.2,8080"));
            backend.apply(plan, PlanDelta.whole(plan));
            netns.run("nft", "delete element ip pointsman services { 172.30.0.3 . tcp . 80 }");
            netns.run("nft", "add element ip pointsman cluster-ips { 192.0.2.1 }");
            netns.run("nft", "flush chain ip pointsman filter-forward");
            assertThat(backend.audit().findings())
                    .hasSize(3)
                    .anyMatch(finding -> finding.contains("filter-forward"))
                    .anyMatch(finding -> finding.contains("1 elements of services are missing"))
                    .anyMatch(finding -> finding.contains("1 elements of cluster-ips are not ours"));
            final ApplyReport report = backend.apply(plan, PlanDelta.between(plan, plan));
            assertThat(report.changes()).isEqualTo(3);
            assertThat(backend.audit().findings()).isEmpty();
        }
    }

    @Test
    void shouldMendAForeignChangeByItselfWhenItWatches() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = new NftablesProvider().open(new BackendConfig(state, Map.of("netns", netns.name)))) {
            final ForwardingPlan plan = Plans.plan(1, services(20, "10.0.0.1,8080", "10.0.0.2,8080"));
            backend.apply(plan, PlanDelta.whole(plan));
            netns.run("nft", "delete element ip pointsman services { 172.30.0.3 . tcp . 80 }");
            netns.run("nft", "delete table ip6 pointsman");
            for (int i = 0; i < 600 && !isMended(netns); i++) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
            assertThat(isMended(netns)).isTrue();
            assertThat(backend.audit().findings()).isEmpty();
        }
    }

    private static boolean isMended(NetNs netns) throws IOException {
        final String ruleset = netns.run("nft", "list", "ruleset");
        return ruleset.contains("172.30.0.3 . tcp . 80 : goto") && ruleset.contains("table ip6 pointsman");
    }

    @Test
    void shouldGoOnWhenOthersChangeTheirTables() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns)) {
            final ForwardingPlan plan = Plans.plan(1, services(20, "10.0.0.1,8080"));
            backend.apply(plan, PlanDelta.whole(plan));
            netns.run("nft", "add table ip theirs; add chain ip theirs a { type nat hook prerouting priority -100; }");
            final ForwardingPlan more = Plans.plan(2, services(21, "10.0.0.1,8080"));
            assertThat(backend.apply(more, PlanDelta.between(plan, more)).rulesInForce())
                    .isEqualTo(21);
            assertThat(backend.audit().findings()).isEmpty();
            assertThat(netns.run("nft", "list", "ruleset")).contains("table ip theirs");
        }
    }

    @Test
    void shouldMakeTheTableAnewWhenSomebodyFlushedAllRules() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns)) {
            final ForwardingPlan plan = Plans.plan(1, services(20, "10.0.0.1,8080"));
            backend.apply(plan, PlanDelta.whole(plan));
            netns.run("nft", "flush", "ruleset");
            assertThat(backend.audit().findings()).isNotEmpty();
            backend.apply(plan, PlanDelta.between(plan, plan));
            assertThat(backend.audit().findings()).isEmpty();
        }
    }

    @Test
    void shouldReconcileWithWhatAnOlderAgentLeft() throws Exception {
        try (NetNs netns = NetNs.create()) {
            try (Backend older = open(netns)) {
                final ForwardingPlan plan = Plans.plan(1, services(30, "10.0.0.1,8080", "10.0.0.2,8080"));
                older.apply(plan, PlanDelta.whole(plan));
            }
            netns.run("nft", "add chain ip pointsman of-another-version");
            try (Backend backend = open(netns)) {
                final ForwardingPlan plan =
                        Plans.plan(1, services(20, "10.0.0.1,8080", "10.0.0.2,8080", "10.0.0.3,80"));
                backend.apply(plan, PlanDelta.whole(plan));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1100)); // retired chains stay for 1 s
                backend.apply(plan, PlanDelta.between(plan, plan));
                assertThat(backend.audit().findings()).isEmpty();
                assertThat(netns.run("nft", "list", "ruleset"))
                        .doesNotContain("of-another-version", "random2", "172.30.0.25", "/web25/");
            }
        }
    }

    @Test
    void shouldReplaceATableOfAnotherShapeInOneTransaction() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns)) {
            netns.run(
                    "nft",
                    "add table ip pointsman { comment \"services of this node, by Pointsman\"; }; add set ip pointsman"
                            + " services { type ipv4_addr; }; add map ip pointsman old { type ipv4_addr : verdict; }");
            final ForwardingPlan plan = Plans.plan(1, services(3, "10.0.0.1,8080"));
            backend.apply(plan, PlanDelta.whole(plan));
            assertThat(backend.audit().findings()).isEmpty();
            assertThat(netns.run("nft", "list", "ruleset")).doesNotContain("map old");
        }
    }

    @Test
    void shouldLeaveATableOfSomebodyElseAlone() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns)) {
            netns.run("nft", "add table ip pointsman; add chain ip pointsman theirs");
            final ForwardingPlan plan = Plans.plan(1, services(3, "10.0.0.1,8080"));
            assertThat(refused(backend.apply(plan, PlanDelta.whole(plan))))
                    .hasSize(3)
                    .allMatch(problem -> problem.reason().contains("table ip pointsman exists"));
            assertThat(backend.cleanup(false).removed()).containsExactly("nftables table ip6 pointsman");
            assertThat(netns.run("nft", "list", "ruleset")).contains("chain theirs");
        }
    }

    @Test
    void shouldHaveAMarkBitAndNothingOfServiceNamesInIt() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns)) {
            final ServicePortName owner = Plans.owner("\" } ; flush ruleset ; {", Protocol.TCP);
            final ForwardingPlan plan = Plans.plan(
                    1,
                    List.of(Plans.clusterIp(owner, "172.30.0.1", 80)
                            .all(Plans.masquerade(pool(owner, "10.0.0.1,8080,1", "10.0.0.2,8080,3")))
                            .balancing(Balancing.WEIGHTED)
                            .build()));
            backend.apply(plan, PlanDelta.whole(plan));
            final String ruleset = netns.run("nft", "list", "ruleset");
            assertThat(ruleset).doesNotContain("flush").contains("meta mark set meta mark | 0x00004000");
            assertThat(ruleset).contains("numgen random mod 4 map @endpoints");
            assertThat(ruleset.lines().filter(line -> line.contains(" : 10.0.0.2 . 8080")))
                    .as("slots of the endpoint with weight 3 of 4")
                    .hasSize(3);
        }
    }

    private Backend openOwning(NetNs netns, Path folder) throws BackendException {
        return new NftablesProvider()
                .open(new BackendConfig(
                        folder, Map.of("netns", netns.name, "watch-seconds", "0", "table-owner", "agent")));
    }

    @Test
    void shouldHaveATableThatNobodyElseChangesAndThatOutlivesItsAgentOnRequest() throws Exception {
        final ForwardingPlan plan = Plans.plan(1, services(20, "10.0.0.1,8080", "10.0.0.2,8080"));
        try (NetNs netns = NetNs.create()) {
            try (Backend first = openOwning(netns, state)) {
                first.apply(plan, PlanDelta.whole(plan));
                netns.run("nft", "flush", "ruleset");
                assertThat(first.audit().findings()).as("others' flush").isEmpty();
                assertThatThrownBy(() -> netns.run("nft", "flush chain ip pointsman dispatch"))
                        .hasMessageContaining("not permitted");
                try (Backend second = openOwning(netns, state.resolve("second"))) {
                    assertThatThrownBy(() -> second.apply(plan, PlanDelta.whole(plan)))
                            .isInstanceOf(BackendException.class)
                            .hasMessageContaining("EPERM");
                }
                assertThatThrownBy(() -> new NftablesProvider()
                                .cleanup(new BackendConfig(state, Map.of("netns", netns.name)), false))
                        .hasMessageContaining("table-owner = agent runs, stop it first");
                first.apply(plan, PlanDelta.whole(plan));
            }
            try (Backend next = openOwning(netns, state)) {
                assertThat(next.apply(plan, PlanDelta.whole(plan)).changes()).isZero();
                netns.run("nft", "flush", "ruleset");
                assertThat(next.audit().findings()).isEmpty();
            }
            try (Backend plain = open(netns)) {
                plain.apply(plan, PlanDelta.whole(plan));
                assertThat(plain.audit().findings()).isEmpty();
                assertThat(netns.run("nft", "list", "tables")).contains("ip pointsman");
            }
            try (Backend again = openOwning(netns, state)) {
                again.apply(plan, PlanDelta.whole(plan));
                again.cleanup(false);
                assertThat(netns.run("nft", "list", "tables")).isEmpty();
            }
        }
    }

    @Test
    void shouldRemoveItsTablesAndNothingElseOnCleanup() throws Exception {
        try (NetNs netns = NetNs.create()) {
            netns.run("nft", "add table ip theirs");
            try (Backend backend = open(netns)) {
                final ForwardingPlan plan = Plans.plan(1, services(3, "10.0.0.1,8080"));
                backend.apply(plan, PlanDelta.whole(plan));
            }
            final BackendConfig config = new BackendConfig(state, Map.of("netns", netns.name));
            final List<String> told =
                    new NftablesProvider().cleanup(config, true).removed();
            assertThat(told).containsExactly("nftables table ip pointsman", "nftables table ip6 pointsman");
            assertThat(netns.run("nft", "list", "tables")).contains("pointsman");
            assertThat(new NftablesProvider().cleanup(config, false).removed()).isEqualTo(told);
            assertThat(netns.run("nft", "list", "tables").strip()).isEqualTo("table ip theirs");
        }
    }
}
