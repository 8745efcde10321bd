package io.pointsman.spi.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Concurrent use of nf_tables by other programs: agents, programs that list, and an agent that was killed. Needs root. */
class NeighboursTest {
    private static final TableId TABLE = new TableId(IpFamily.IPV4, "pointsman");
    private static final int MANY = 7_000; // two transactions and some
    private static final int PLANS = 40;

    @TempDir
    Path folder;

    private static Backend open(String netns, Path state) throws BackendException {
        return new NftablesProvider().open(new BackendConfig(state, Map.of("netns", netns, "watch-seconds", "0")));
    }

    private static ForwardingPlan plan(long version, int services, int lastEndpoint) {
        final List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < services; i++) {
            final ServicePortName owner = Plans.owner("web" + i, Protocol.TCP);
            final String second = "10.0.0." + (2 + (lastEndpoint + i) % 200) + ",8080";
            rules.add(Plans.usual(
                    Plans.clusterIp(owner, "172.30." + i / 250 + "." + (1 + i % 250), 80),
                    Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, "10.0.0.1,8080", second)));
        }
        return Plans.plan(version, rules);
    }

    private static <T> FutureTask<T> start(Callable<T> task) {
        final FutureTask<T> started = new FutureTask<>(task);
        Thread.ofPlatform().daemon().start(started);
        return started;
    }

    /** Applies plans 1 to {@value #PLANS}, and the last once more: the other process may have overwritten it. */
    private static ApplyReport applyAll(Backend backend) throws BackendException {
        ForwardingPlan before = plan(1, 30, 1);
        backend.apply(before, PlanDelta.whole(before));
        for (int version = 2; version <= PLANS; version++) {
            final ForwardingPlan after = plan(version, 30 + version % 7, version);
            backend.apply(after, PlanDelta.between(before, after));
            before = after;
        }
        return backend.apply(before, PlanDelta.whole(before));
    }

    @RepeatedTest(10)
    void shouldComeToTheSameTableWhenTwoAgentsWriteAtOnce() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend one = open(netns.name, folder.resolve("one"));
                Backend other = open(netns.name, folder.resolve("other"))) {
            final FutureTask<ApplyReport> beside = start(() -> applyAll(other));
            assertThat(applyAll(one).problems()).isEmpty();
            assertThat(beside.get().problems()).isEmpty();
            final ForwardingPlan last = plan(PLANS + 1, 20, 0);
            one.apply(last, PlanDelta.whole(last));
            assertThat(other.apply(last, PlanDelta.whole(last)).changes())
                    .as("what the one left to the other")
                    .isZero();
            assertThat(one.audit().findings()).isEmpty();
            assertThat(other.audit().findings()).isEmpty();
        }
    }

    @Test
    void shouldNeitherDisturbNorMindAProgramThatListsAllTheTime() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns.name, folder)) {
            final AtomicBoolean isDone = new AtomicBoolean();
            final Programs programs = Whereabouts.of(netns.name).programs();
            final FutureTask<Integer> lister = start(() -> {
                int listings = 0;
                while (!isDone.get()) {
                    final ProgramResult listed = programs.run("nft", "list", "ruleset");
                    assertThat(listed.isSuccess()).as("%s", listed.complaint()).isTrue();
                    listings++;
                }
                return listings;
            });
            assertThat(applyAll(backend).problems()).isEmpty();
            ForwardingPlan before = plan(PLANS, 30 + PLANS % 7, PLANS);
            for (int more = 1; more <= 200 && !lister.isDone(); more++) {
                final ForwardingPlan after = plan(PLANS + more, 30, more);
                backend.apply(after, PlanDelta.between(before, after));
                before = after;
            }
            isDone.set(true);
            assertThat(lister.get()).isPositive();
            assertThat(backend.audit().findings()).isEmpty();
        }
    }

    @Test
    void shouldFinishWhatAnAgentThatWasKilledBetweenTransactionsBegan() throws Exception {
        try (NetNs netns = NetNs.create()) {
            final Process victim = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-Dslf4j.internal.verbosity=ERROR",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            Victim.class.getName(),
                            netns.name,
                            folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("said").toFile())
                    .start();
            final int written;
            try {
                written = awaitSome(netns.name, victim);
            } finally {
                victim.destroyForcibly().waitFor();
            }
            assertThat(written).as("Services of the first transactions").isBetween(1, MANY - 1);
            try (Backend next = open(netns.name, folder)) {
                final ForwardingPlan plan = plan(1, MANY, 0);
                final ApplyReport report = next.apply(plan, PlanDelta.whole(plan));
                assertThat(report.rulesInForce()).isEqualTo(MANY);
                // of each Service: two endpoints, cluster address, counter, dispatch; and hairpins of all
                assertThat(report.changes())
                        .as("what was there already was kept")
                        .isLessThanOrEqualTo((MANY - written) * 5 + 300);
                assertThat(next.audit().findings()).isEmpty();
            }
        }
    }

    /** Waits until the table has Services, ends the process, and returns the number of Services written. */
    private static int awaitSome(String netns, Process victim) throws IOException {
        try (NfTables kernel = NetworkNamespace.named(netns).call(NfTables::open)) {
            final long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
            while (System.nanoTime() < deadlineNanos && victim.isAlive() && services(kernel) == 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
            victim.destroyForcibly().onExit().join();
            return services(kernel);
        }
    }

    private static int services(NfTables kernel) throws IOException {
        int services = 0;
        if (kernel.tables().isEmpty()) {
            return services;
        }
        for (NamedSet set : kernel.sets(TABLE)) {
            services +=
                    set.name().equals("services") ? kernel.elements(TABLE, set).size() : 0;
        }
        return services;
    }

    /** An agent in a process of its own: {@code netns stateDirectory}. */
    static final class Victim {
        private Victim() {}

        public static void main(String[] args) throws Exception {
            try (Backend backend = open(args[0], Path.of(args[1]))) {
                final ForwardingPlan plan = plan(1, MANY, 0);
                backend.apply(plan, PlanDelta.whole(plan));
            }
        }
    }
}
