package io.pointsman.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.RuleProblem;
import io.pointsman.testkit.contract.ContractScenarios.Scenario;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Scenarios with a lot of change: rolling updates, bursts, restarts, hostile names. */
final class ChangeScenarios {
    private static final int ROLLS = 5;
    private static final int CLIENTS = 3;
    private static final int CONNECTIONS_PER_ROLL = 50;
    private static final int CHANGES = 100;
    private static final long CHANGE_NANOS = TimeUnit.SECONDS.toNanos(1) / CHANGES;
    private static final int OTHERS = 10;
    private static final int UDP_CLIENTS = 5;
    private static final Duration SILENCE = Duration.ofMillis(300);

    private static final List<String> HOSTILE_NAMES = List.of(
            "quote\"quote'quote`quote",
            "newline\nCOMMIT\n*filter\n-F\nCOMMIT",
            "brace } flush ruleset ; table ip x {",
            "shell $(reboot) && `reboot` | reboot ; # > /dev/null",
            "--jump DROP -j DROP",
            "back\\slash \\n \\\" \\",
            "percent %s %n %d",
            "tab\tand \r return",
            "bell\u0007 escape\u001b[2J",
            "snow\u2603 and \ud83d\ude00",
            "",
            "n".repeat(300));

    private ChangeScenarios() {}

    static Map<String, Scenario> all() {
        return Map.of(
                "should lose no connection of a loaded Service during a rolling update",
                ChangeScenarios::rollingUpdate,
                "should keep up with a hundred plan changes a second",
                ChangeScenarios::hundredChanges,
                "should treat names and annotations as data, whatever is in them",
                ChangeScenarios::hostileNames,
                "should keep a client on its endpoint over a restart when the Service has affinity",
                ChangeScenarios::affinityOverRestart,
                "should leave UDP clients with their endpoints over a restart",
                ChangeScenarios::udpOverRestart);
    }

    private static Probe toVip(ContractCluster cluster, Protocol protocol) {
        return cluster.probe(protocol, cluster.vip(), ContractCluster.PORT);
    }

    /** Drains a pod, then removes it once all its connections have ended: no connection may fail. */
    private static void rollingUpdate(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1, 2);
        final LabHost client = cluster.client();
        try (ContractLoad load = ContractLoad.start(client, toVip(cluster, Protocol.TCP), CLIENTS)) {
            for (int leaving = 1; leaving <= ROLLS && load.failures().isEmpty(); leaving++) {
                try (LabConnection lasting = client.connect(toVip(cluster, Protocol.TCP))) {
                    final int pod = cluster.whoAnswers(lasting);
                    cluster.setEndpoints(List.of(leaving + 1, leaving + 2), List.of(leaving));
                    cluster.apply();
                    load.awaitThoseUnderWay();
                    load.await(CONNECTIONS_PER_ROLL);
                    assertEquals(pod, cluster.whoAnswers(lasting), "the pod of a connection while one drains");
                    assertNotEquals(
                            leaving, cluster.whoAnswers(client, toVip(cluster, Protocol.TCP)), "a draining pod");
                }
                cluster.endpoints(leaving + 1, leaving + 2);
                cluster.stop(leaving);
            }
            assertEquals(List.of(), load.failures(), () -> "after " + load.connections() + " connections");
        }
    }

    /** Makes changes at a fixed rate; those made during an apply are applied together, as an agent does. */
    private static void hundredChanges(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1, 2);
        try (ContractLoad load = ContractLoad.start(cluster.client(), toVip(cluster, Protocol.TCP), CLIENTS)) {
            final long start = System.nanoTime();
            for (int change = 0; change < CHANGES && load.failures().isEmpty(); change++) {
                cluster.setEndpoints(List.of(change % 3 + 1, (change + 1) % 3 + 1), List.of());
                toggle(cluster, change);
                final long next = start + (change + 1) * CHANGE_NANOS;
                if (System.nanoTime() < next) {
                    cluster.apply();
                    sleepUntil(next);
                }
            }
            cluster.endpoints(3);
            assertEquals(List.of(), load.failures(), () -> "after " + load.connections() + " connections");
        }
        assertEquals(3, cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.TCP)), "after the last change");
        for (int number = 1; number <= OTHERS; number++) {
            final boolean isThere = isThere(number, CHANGES - 1);
            final Probe probe = cluster.probe(Protocol.TCP, cluster.otherVip(number), ContractCluster.PORT);
            assertEquals(
                    isThere ? 1 : 0,
                    cluster.whoAnswers(cluster.client(), isThere ? probe : probe.within(SILENCE)),
                    "who answers for Service " + number + " after the last change");
        }
        assertEquals(List.of(), cluster.backend().audit().findings());
    }

    private static ObjectName other(int number) {
        return new ObjectName("contract", "other-" + number);
    }

    /** Adds and removes Services in turn, each every second round. */
    private static void toggle(ContractCluster cluster, int change) throws IOException {
        final int number = change % OTHERS + 1;
        if (isThere(number, change)) {
            cluster.putOther(number, other(number), "", Map.of(), 1);
        } else {
            cluster.removeOther(other(number));
        }
    }

    /**
     * Whether a Service exists after this change: added in even rounds, removed in odd ones; the other way round in the
     * second half.
     */
    private static boolean isThere(int number, int change) {
        final int round = (change - number + 1) / OTHERS;
        return (round + (number > OTHERS / 2 ? 1 : 0)) % 2 == 0;
    }

    private static void sleepUntil(long nanoTime) {
        for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void hostileNames(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1);
        for (int i = 0; i < HOSTILE_NAMES.size(); i++) {
            final String name = HOSTILE_NAMES.get(i);
            cluster.putOther(i + 1, new ObjectName(name, name), name, Map.of(name, name), 1);
        }
        requireInForce(cluster, cluster.apply());
        final LabHost client = cluster.client();
        for (int i = 0; i < HOSTILE_NAMES.size(); i++) {
            final String name = HOSTILE_NAMES.get(i);
            final Probe probe = cluster.probe(Protocol.TCP, cluster.otherVip(i + 1), ContractCluster.PORT);
            assertEquals(
                    1, cluster.whoAnswers(client, probe), () -> "who answers for a Service called \"" + name + "\"");
        }
        assertEquals(List.of(), cluster.backend().audit().findings());
        for (String name : HOSTILE_NAMES) {
            cluster.removeOther(new ObjectName(name, name));
        }
        cluster.endpoints(2);
        assertEquals(2, cluster.whoAnswers(client, toVip(cluster, Protocol.TCP)), "after they went");
        assertEquals(List.of(), cluster.backend().audit().findings());
    }

    private static void requireInForce(ContractCluster cluster, ApplyReport report) {
        final List<RuleProblem> refused = report.problems().stream()
                .filter(problem -> problem.kind() == RuleProblem.Kind.REFUSED)
                .toList();
        assertEquals(List.of(), refused, "rules refused");
        assertEquals(
                cluster.inForce().plan().rules().size(),
                report.rulesInForce() + report.problems().size(),
                "rules in force or reported");
    }

    private static void affinityOverRestart(ContractCluster cluster) throws IOException, BackendException {
        cluster.requireSurvival();
        cluster.declare(Optional.of(Duration.ofHours(1)));
        cluster.requireNoDeviation("affinity", cluster.endpoints(1, 2, 3, 4));
        final Probe probe = toVip(cluster, Protocol.TCP);
        final int pod = cluster.whoAnswers(cluster.client(), probe);
        assertNotEquals(0, pod, "no answer");
        cluster.stopAgent();
        assertEquals(pod, cluster.whoAnswers(cluster.client(), probe), "while the agent is away");
        cluster.startAgent();
        for (int i = 0; i < 6; i++) {
            assertEquals(pod, cluster.whoAnswers(cluster.client(), probe), "after the restart");
        }
        cluster.endpoints(pod, 5, 6, 7);
        for (int i = 0; i < 6; i++) {
            assertEquals(pod, cluster.whoAnswers(cluster.client(), probe), "after a change");
        }
    }

    /**
     * Checks flows of datagrams. A forgotten flow is balanced again; all keep their endpoints by chance in 1 of 1024 runs.
     */
    private static void udpOverRestart(ContractCluster cluster) throws IOException, BackendException {
        cluster.requireSurvival();
        cluster.declare(Optional.empty());
        cluster.endpoints(1, 2, 3, 4);
        final List<LabConnection> clients = new ArrayList<>();
        try {
            final List<Integer> pods = new ArrayList<>();
            for (int i = 0; i < UDP_CLIENTS; i++) {
                clients.add(cluster.client().connect(toVip(cluster, Protocol.UDP)));
                pods.add(cluster.whoAnswers(clients.get(i)));
            }
            assertTrue(pods.stream().allMatch(pod -> pod > 0), () -> "pods: " + pods);
            cluster.stopAgent();
            cluster.startAgent();
            assertEquals(pods, clients.stream().map(cluster::whoAnswers).toList(), "pods after the restart");
            cluster.endpoints(1, 2, 3, 4, 5);
            assertEquals(pods, clients.stream().map(cluster::whoAnswers).toList(), "pods after another came");
        } finally {
            clients.forEach(LabConnection::close);
        }
    }
}
