package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.health.ProxyHealth;
import io.pointsman.agent.health.ServiceHealth;
import io.pointsman.agent.status.AgentMetrics;
import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceSource;
import io.pointsman.model.Severity;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanOptions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The loop with its thread. The test waits for events, for as long as a slow machine may need. */
class ControlLoopTest {
    private static final long PATIENCE_SECONDS = 60;

    private final AtomicLong skippedNanos = new AtomicLong();
    private final FakeBackend backend = new FakeBackend();
    private final ProblemBoard problems = new ProblemBoard();
    private final ProxyHealth health =
            new ProxyHealth(InstantSource.system(), this::nanoTime, Duration.ofMinutes(1), Optional::empty);
    private final AgentMetrics metrics =
            new AgentMetrics(InstantSource.system(), "fake", Set.of(IpFamily.IPV4), problems);
    private final BlockingQueue<ForwardingPlan> applied = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> runs = new LinkedBlockingQueue<>();
    private final ControlLoop loop = new ControlLoop(
            new Reconciler(
                    PlanOptions.builder("here").build(),
                    backend,
                    new HealthPorts(health, new ServiceHealth((_, _) -> new NoListener(), health::isHealthy), problems),
                    problems,
                    metrics,
                    (plan, _) -> applied.add(plan)),
            health,
            Set.of(IpFamily.IPV4),
            problems,
            metrics,
            () -> runs.add("run"),
            new SyncSchedule(Duration.ofMillis(10), Duration.ofSeconds(30), System.nanoTime()));

    @BeforeEach
    void start() {
        loop.start();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    @Test
    void shouldWriteNothingBeforeTheSourceHasSynced() throws InterruptedException {
        for (int i = 1; i <= 100; i++) {
            loop.changed(List.of(put(i)));
        }
        loop.synced();

        assertThat(next().rules()).hasSize(100);
        assertThat(backend.deltas).hasSize(1);
    }

    @Test
    void shouldBringTheLastStateOfABurstToTheBackend() throws InterruptedException {
        loop.synced();
        for (int i = 1; i <= 100; i++) {
            loop.changed(List.of(put(i)));
        }

        ForwardingPlan plan = next();
        while (plan.rules().size() < 100) {
            plan = next();
        }
        assertThat(plan.rules()).hasSize(100);
    }

    @Test
    void shouldReportAndTryAgainWhenARunThrows() throws InterruptedException {
        backend.throwsUnexpectedly = true;
        loop.changed(List.of(put(1)));
        loop.synced();
        assertThat(runs.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
        assertThat(runs.poll(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as("a second try")
                .isNotNull();
        assertThat(problems.all()).singleElement().asString().contains("sync: failed unexpectedly, tried again");

        backend.throwsUnexpectedly = false;

        assertThat(next().rules()).hasSize(1);
    }

    @Test
    void shouldPassOnWhatIsWrongWithTheSource() {
        loop.problems(List.of(new ServiceSource.Problem("a.yaml:3", "no such thing")));
        assertThat(problems.all()).containsExactly(new Problem(Problem.Origin.SOURCE, "a.yaml:3", "no such thing"));

        loop.problems(List.of());
        assertThat(problems.all()).isEmpty();
    }

    private long nanoTime() {
        return System.nanoTime() + skippedNanos.get();
    }

    @Test
    void shouldBeIllWhenWhatTheAuditFindsCanNotBeRepaired() throws InterruptedException {
        loop.changed(List.of(put(1)));
        loop.synced();
        next();
        backend.findings = List.of("a rule is gone");
        backend.refuses = true;
        loop.reconfigure(PlanOptions.builder("here").build(), Duration.ofMillis(1), Duration.ofMillis(10));
        while (problems.count(Problem.Origin.BACKEND, Severity.ERROR) == 0) {
            assertThat(runs.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
        }
        assertThat(health.isHealthy()).as("there is time left").isTrue();
        runs.clear();
        for (int run = 0; run < 2; run++) {
            assertThat(runs.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
        }

        skippedNanos.set(Duration.ofMinutes(2).toNanos());
        assertThat(health.isHealthy()).as("nothing is repaired for two minutes").isFalse();

        backend.refuses = false;
        next();
        while (!health.isHealthy()) {
            assertThat(runs.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
        }
    }

    private ForwardingPlan next() throws InterruptedException {
        final ForwardingPlan plan = applied.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(plan).as("a plan is applied").isNotNull();
        return plan;
    }

    private static ObjectChange put(int number) {
        return new ObjectChange.Put(Service.builder(new ObjectName("ns", "s" + number))
                .clusterIps(List.of(IpAddress.parse("172.30.0." + number)))
                .ports(List.of(new ServicePort("", Protocol.TCP, 80, 0)))
                .build());
    }
}
