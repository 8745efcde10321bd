package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.FlavourProbe;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.program.Programs;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.iptables.kernel.Trial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests with other programs that write rules at the same time; in its own network namespaces, needs root. */
class LockTest {
    private static final String LOCK = "/run/xtables.lock";
    private static final int CHANGES = 25;

    @TempDir
    Path state;

    private Backend open(NetNs netns, Flavour flavour) throws BackendException {
        return new IptablesProvider()
                .open(new BackendConfig(
                        state, Map.of("netns", netns.name, "flavour", flavour.word(), "lock-wait-seconds", "1")));
    }

    private static ForwardingPlan plan(long version) {
        final List<Rule> rules = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            final ServicePortName owner = Plans.owner("s" + i, Protocol.TCP);
            final EndpointPool pool =
                    Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, "10.0." + version + "." + i + ",80");
            rules.add(Plans.usual(Plans.clusterIp(owner, "172.30.0." + i, 80), pool));
        }
        return Plans.plan(version, rules);
    }

    /** Holder of the lock until it is closed. */
    private static final class Holder implements AutoCloseable {
        private final Process process;

        Holder(Path folder) throws IOException {
            final Path held = folder.resolve("held");
            process = new ProcessBuilder("flock", LOCK, "sh", "-c", "touch " + held + "; exec sleep 60").start();
            while (!Files.exists(held) && process.isAlive()) {
                Thread.onSpinWait();
            }
            Files.deleteIfExists(held);
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().onExit().join();
        }
    }

    @Test
    void shouldReportAndLeaveRulesWhenTheLockStaysTaken(@TempDir Path folder) throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns, Flavour.LEGACY)) {
            final ForwardingPlan first = plan(1);
            final ForwardingPlan second = plan(2);
            backend.apply(first, Plans.delta(null, first));
            final String before = netns.run("iptables-legacy-save");

            try (Holder _ = new Holder(folder)) {
                assertThatThrownBy(() -> backend.apply(second, Plans.delta(first, second)))
                        .isInstanceOf(BackendException.class)
                        .hasMessageContaining("another program held the xtables lock for the 1 s");
                assertThat(withoutComments(netns.run("iptables-legacy-save"))).isEqualTo(withoutComments(before));
            }

            final ApplyReport report = backend.apply(second, Plans.delta(first, second));
            assertThat(report.problems()).isEmpty(); // no rule was taken for a bad one
            assertThat(report.rulesInForce()).isEqualTo(20);
            assertThat(netns.run("iptables-legacy-save"))
                    .contains("10.0.2.20:80")
                    .doesNotContain("10.0.1.");
            assertThat(backend.audit().findings()).isEmpty();
        }
    }

    private static String withoutComments(String saved) {
        return saved.replaceAll("(?m)^#.*\\R", "").replaceAll("\\[\\d+:\\d+]", "");
    }

    @Test
    void shouldWaitWhenTheLockIsTakenForAWhile(@TempDir Path folder) throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = new IptablesProvider()
                        .open(new BackendConfig(
                                state, Map.of("netns", netns.name, "flavour", "legacy", "lock-wait-seconds", "60")))) {
            final ForwardingPlan plan = plan(1);
            final CountDownLatch applied = new CountDownLatch(1);
            final Holder holder = new Holder(folder);
            try (holder) {
                Thread.ofPlatform().start(() -> {
                    try {
                        backend.apply(plan, Plans.delta(null, plan));
                        applied.countDown();
                    } catch (BackendException e) {
                        throw new IllegalStateException(e);
                    }
                });
                assertThat(applied.await(1, TimeUnit.SECONDS)).isFalse();
            }
            assertThat(applied.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(backend.audit().findings()).isEmpty();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Tests iptables-nft, which has no lock: transactions of two programs collide in the kernel, and one of them starts
     * again.
     */
    @Test
    void shouldGetThroughWhenAnotherKeepsWriting(@TempDir Path folder) throws Exception {
        final Path output = folder.resolve("other");
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns, Flavour.NFT)) {
            // Not with "ip netns exec", which needs the root folder to be a mount point; in a plain chroot it is none.
            final Process other = Whereabouts.of(netns.name)
                    .call(new ProcessBuilder(
                                    "sh",
                                    "-c",
                                    "iptables-nft -N OTHERS; while iptables-nft -A OTHERS -j ACCEPT; do :; done")
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())::start);
            try {
                ForwardingPlan before = null;
                for (int version = 1; version <= CHANGES; version++) {
                    final ForwardingPlan plan = plan(version);
                    final ApplyReport report = backend.apply(plan, Plans.delta(before, plan));
                    assertThat(report.problems()).isEmpty();
                    before = plan;
                }
                assertThat(other.isAlive()).as(() -> read(output)).isTrue();
            } finally {
                other.descendants().forEach(ProcessHandle::destroyForcibly);
                other.destroyForcibly().onExit().join();
            }
            assertThat(backend.audit().findings()).isEmpty();
            assertThat(netns.run("iptables-nft-save"))
                    .contains("10.0." + CHANGES + ".20:80")
                    .contains("-A OTHERS");
        }
    }

    @Test
    void shouldWaitForTheLockWhenItLooksForAnIptablesThatWorks() throws Exception {
        final Optional<Flavour> legacy = Optional.of(Flavour.LEGACY);
        Assumptions.assumeTrue(
                Trial.probe(Programs.ofNobody()).find(legacy).flavour().isPresent(), "iptables-legacy is missing here");
        final CompletableFuture<FlavourProbe.Finding> found;
        try (Holder _ = new Holder(state)) {
            found = CompletableFuture.supplyAsync(
                    () -> Trial.probe(Programs.ofNobody()).find(legacy));
            TimeUnit.SECONDS.sleep(1);
            assertThat(found).isNotDone();
        }
        assertThat(found.get(60, TimeUnit.SECONDS).flavour()).isEqualTo(legacy);
    }
}
