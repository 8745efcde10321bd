package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.agent.SyncSchedule.Outcome;
import io.pointsman.agent.health.ProxyHealth;
import io.pointsman.agent.health.ServiceHealth;
import io.pointsman.agent.health.TestClock;
import io.pointsman.agent.status.AgentMetrics;
import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.model.Cidr;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Node;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServicePortName;
import io.pointsman.model.ServiceType;
import io.pointsman.model.Severity;
import io.pointsman.model.TrafficPolicy;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanOptions;
import io.pointsman.spi.RuleProblem;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReconcilerTest {
    private final FakeBackend backend = new FakeBackend();
    private final TestClock clock = new TestClock();
    private final ProblemBoard problems = new ProblemBoard();
    private final ProxyHealth health = new ProxyHealth(clock, clock::nanoTime, Duration.ofMinutes(1), Optional::empty);
    private final List<ForwardingPlan> applied = new ArrayList<>();
    private final List<Integer> portsOpenWhenTold = new ArrayList<>();
    private boolean portsFail;
    private int portsOpen;
    private final ServiceHealth serviceHealth = new ServiceHealth(
            (_, _) -> {
                if (portsFail) {
                    throw new IOException("can't listen on purpose");
                }
                portsOpen++;
                return new NoListener();
            },
            health::isHealthy);
    private final Reconciler reconciler = new Reconciler(
            PlanOptions.builder("here").build(),
            backend,
            new HealthPorts(health, serviceHealth, problems),
            problems,
            new AgentMetrics(clock, "fake", Set.of(IpFamily.values()), problems),
            (plan, _) -> {
                applied.add(plan);
                portsOpenWhenTold.add(portsOpen);
            });

    @Test
    void shouldApplyTheWholePlanThenOnlyWhatChanges() {
        assertThat(run(put("a", 1), put("b", 2))).isEqualTo(Outcome.DONE);
        assertThat(run(put("b", 3))).isEqualTo(Outcome.DONE);

        assertThat(backend.deltas.get(0).fromVersion()).isEqualTo(ForwardingPlan.EMPTY_VERSION);
        assertThat(backend.deltas.get(0).rules()).hasSize(2);
        assertThat(backend.deltas.get(1).fromVersion()).isEqualTo(applied.get(0).version());
        assertThat(backend.deltas.get(1).rules())
                .extracting(change -> change.frontend())
                .containsExactlyInAnyOrder(frontend(2), frontend(3));
        assertThat(backend.rules).isEqualTo(lastPlan().rules());
    }

    @Test
    void shouldMakeUpForEverythingMissedWhenAppliesHadFailed() {
        run(put("a", 1), put("b", 2));
        backend.refuses = true;
        assertThat(run(put("a", 4))).isEqualTo(Outcome.FAILED);
        assertThat(run(put("c", 5), delete("b"))).isEqualTo(Outcome.FAILED);
        assertThat(problems.count(Problem.Origin.BACKEND, Severity.ERROR)).isEqualTo(1);
        backend.refuses = false;

        assertThat(run()).isEqualTo(Outcome.DONE);

        assertThat(backend.deltas.getLast().fromVersion())
                .isEqualTo(applied.getFirst().version());
        assertThat(backend.rules).isEqualTo(lastPlan().rules()).containsOnlyKeys(frontend(4), frontend(5));
        assertThat(problems.all()).isEmpty();
        assertThat(run(put("c", 6))).isEqualTo(Outcome.DONE);
        assertThat(backend.rules).containsOnlyKeys(frontend(4), frontend(6));
    }

    @Test
    void shouldWorkEverythingOutAnewWhenARunHadThrown() {
        run(put("a", 1), put("b", 2));
        backend.throwsUnexpectedly = true;
        assertThatThrownBy(() -> run(put("a", 4), delete("b"))).isInstanceOf(IllegalStateException.class);
        reconciler.startOver();
        backend.throwsUnexpectedly = false;

        assertThat(run()).isEqualTo(Outcome.DONE);

        assertThat(backend.rules).isEqualTo(lastPlan().rules()).containsOnlyKeys(frontend(4));
    }

    @Test
    void shouldBringOnlyWhatDiffersWhenOptionsChange() {
        run(put("a", 1), put("b", 2));
        reconciler.use(PlanOptions.builder("here")
                .podRanges(List.of(Cidr.parse("10.0.0.0/8")))
                .build());

        assertThat(run()).isEqualTo(Outcome.DONE);

        assertThat(backend.deltas).hasSize(2);
        assertThat(backend.deltas.getLast().fromVersion())
                .isEqualTo(applied.getFirst().version());
        assertThat(backend.deltas.getLast().nodeChanged()).isTrue();
        assertThat(backend.deltas.getLast().rules()).isEmpty();
        assertThat(backend.rules).isEqualTo(lastPlan().rules()).hasSize(2);
        run(put("c", 6));
        assertThat(backend.rules).hasSize(3);
    }

    @Test
    void shouldLeaveTheBackendAloneWhenNothingChanged() {
        run(put("a", 1));
        run(put("a", 1));
        run();

        assertThat(backend.deltas).hasSize(1);
    }

    @Test
    void shouldRepairWhenTheBackendHasDrifted() {
        run(put("a", 1));
        backend.rules.clear();
        backend.findings = List.of("a rule is gone");

        run();

        assertThat(backend.rules).isEqualTo(lastPlan().rules());
        assertThat(backend.deltas.getLast().fromVersion()).isEqualTo(ForwardingPlan.EMPTY_VERSION);
    }

    @Test
    void shouldNotRepairWhenTheBackendCanNotGoOn() {
        run(put("a", 1));
        backend.findings = List.of("a rule is gone");
        backend.failure = Optional.of("a thread ended");

        run();

        assertThat(backend.deltas).hasSize(1);
    }

    @Test
    void shouldTellOfAPlanOnceItsHealthCheckPortsAnswer() {
        run(put("a", 1, 32_122));

        assertThat(portsOpen).isPositive();
        assertThat(portsOpenWhenTold).containsExactly(portsOpen);
    }

    @Test
    void shouldReportAndTryAgainWhenARuleIsRefused() {
        final ServicePortName owner = new ServicePortName(name("a"), "", Protocol.TCP);
        backend.problems = List.of(new RuleProblem(frontend(1), owner, RuleProblem.Kind.REFUSED, "the port is taken"));

        assertThat(run(put("a", 1))).isEqualTo(Outcome.UNSETTLED);
        assertThat(problems.all())
                .singleElement()
                .hasToString("Service ns/a, TCP 172.30.0.1:80: refused: the port is taken");
        backend.problems = List.of();

        assertThat(run()).isEqualTo(Outcome.DONE);
        assertThat(backend.deltas).hasSize(2);
        assertThat(problems.all()).isEmpty();
    }

    @Test
    void shouldTryAgainWhenAHealthPortIsTaken() {
        portsFail = true;

        assertThat(run(put("a", 1, 30_000))).isEqualTo(Outcome.UNSETTLED);
        assertThat(problems.count(Problem.Origin.HEALTH, Severity.ERROR)).isEqualTo(1);
        portsFail = false;

        assertThat(run()).isEqualTo(Outcome.DONE);
        assertThat(problems.all()).isEmpty();
        assertThat(serviceHealth.listening()).hasToString("[0.0.0.0:30000]");
    }

    @Test
    void shouldBeEligibleAsTheNodeObjectSays() {
        run(put("a", 1));
        assertThat(health.snapshot().nodeEligible())
                .as("a source without any Node")
                .isTrue();
        run(node("there"));
        assertThat(health.snapshot().nodeEligible()).as("other Nodes only").isFalse();
        assertThat(problems.all()).singleElement().asString().contains("no Node of this name", "there");
        run(node("here"));
        assertThat(health.snapshot().nodeEligible()).isTrue();
        assertThat(problems.all()).isEmpty();
        run(node("here", Node.TO_BE_DELETED_TAINT));
        assertThat(health.snapshot().nodeEligible()).isFalse();
    }

    private Outcome run(ObjectChange... changes) {
        return reconciler.run(List.of(changes), changes.length == 0);
    }

    private ForwardingPlan lastPlan() {
        return applied.getLast();
    }

    private static Frontend frontend(int address) {
        return new Frontend(Protocol.TCP, IpAddress.parse("172.30.0." + address), 80);
    }

    private static ObjectName name(String name) {
        return new ObjectName("ns", name);
    }

    private static ObjectChange put(String name, int address) {
        return new ObjectChange.Put(service(name, address).build());
    }

    private static ObjectChange put(String name, int address, int healthPort) {
        return new ObjectChange.Put(service(name, address)
                .type(ServiceType.LOAD_BALANCER)
                .externalPolicy(TrafficPolicy.LOCAL)
                .healthCheckNodePort(healthPort)
                .build());
    }

    private static Service.Builder service(String name, int address) {
        return Service.builder(name(name))
                .clusterIps(List.of(IpAddress.parse("172.30.0." + address)))
                .ports(List.of(new ServicePort("", Protocol.TCP, 80, 0)));
    }

    private static ObjectChange delete(String name) {
        return new ObjectChange.Delete(ClusterObject.Kind.SERVICE, name(name));
    }

    private static ObjectChange node(String name, String... taints) {
        return new ObjectChange.Put(new Node(name, List.of(), Optional.empty(), List.of(), false, Set.of(taints)));
    }
}
