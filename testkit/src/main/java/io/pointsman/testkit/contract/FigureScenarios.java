package io.pointsman.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pointsman.model.Cidr;
import io.pointsman.model.Protocol;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import io.pointsman.testkit.contract.ContractScenarios.Scenario;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.Probe;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Scenarios on a backend's counts of connections: a count has to be right, though it may be a few seconds late; a count that
 * the backend can't make has to be absent.
 */
final class FigureScenarios {
    private static final int CONNECTIONS = 5;
    private static final Duration LATENESS =
            Duration.ofSeconds(30); // IPVS adds up every two seconds, a slow machine later
    private static final Duration SILENCE = Duration.ofMillis(300); // for packets that get no answer
    private static final int CLOSED_PORT = 9; // port of the node that answers with a reset
    private static final Duration POLL = Duration.ofMillis(100);

    private FigureScenarios() {}

    static Map<String, Scenario> all() {
        return Map.of(
                "should count connections of a service port, or report no such figure", FigureScenarios::connections,
                "should count those that affinity decides, or report no such figure", FigureScenarios::affinity,
                "should count those that find no endpoint, or report no such figure", FigureScenarios::refused,
                "should count those whose source is not allowed, or report no such figure", FigureScenarios::denied,
                "should count those that are dropped because no endpoint is on this node, or report no such figure",
                        FigureScenarios::dropped,
                "should report connections as they come and go, where it can", FigureScenarios::comingAndGoing);
    }

    private static Probe toVip(ContractCluster cluster, Protocol protocol) {
        return cluster.probe(protocol, cluster.vip(), ContractCluster.PORT);
    }

    private static void connect(ContractCluster cluster, int times) throws IOException {
        for (int i = 0; i < times; i++) {
            assertTrue(cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.TCP)) > 0, "no answer");
        }
    }

    private static void connections(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1, 2);
        try (LabConnection connection = cluster.client().connect(toVip(cluster, Protocol.TCP))) {
            assertTrue(cluster.whoAnswers(connection) > 0, "no answer");
            connect(cluster, CONNECTIONS - 2);
            assertTrue(
                    cluster.whoAnswers(
                                    cluster.client(),
                                    cluster.probe(Protocol.TCP, cluster.nodeAddress(), ContractCluster.NODE_PORT))
                            > 0,
                    "no answer at the node port");
            final ServiceFigures first = await(
                    cluster,
                    figures ->
                            figures.value(Figure.CONNECTIONS).orElse(CONNECTIONS) == CONNECTIONS && isCarried(figures));
            assertTrue(first.value(Figure.CONNECTIONS_NOW).orElse(1) >= 1, first::toString);
            assertTrue(first.value(Figure.AFFINITY_HITS).orElse(0) == 0, first::toString);
            assertEquals(Map.of(), first.refused());

            cluster.endpoints(2, 3);
            connect(cluster, CONNECTIONS);
            await(cluster, figures -> figures.value(Figure.CONNECTIONS).orElse(2 * CONNECTIONS) == 2 * CONNECTIONS);
        }
    }

    /** Whether each connection counts at least a packet and a byte in each direction. */
    private static boolean isCarried(ServiceFigures figures) {
        return List.of(
                        Figure.PACKETS_FROM_CLIENTS,
                        Figure.PACKETS_TO_CLIENTS,
                        Figure.BYTES_FROM_CLIENTS,
                        Figure.BYTES_TO_CLIENTS)
                .stream()
                .map(figures::value)
                .flatMapToLong(OptionalLong::stream)
                .allMatch(value -> value >= CONNECTIONS);
    }

    private static void affinity(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.of(Duration.ofHours(1)));
        cluster.requireNoDeviation("affinity", cluster.endpoints(1, 2, 3));
        connect(cluster, CONNECTIONS);
        await(
                cluster,
                figures -> figures.value(Figure.CONNECTIONS).orElse(CONNECTIONS) == CONNECTIONS
                        && figures.value(Figure.AFFINITY_HITS).orElse(CONNECTIONS - 1) == CONNECTIONS - 1);
    }

    private static void refused(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints();
        for (int i = 0; i < CONNECTIONS; i++) {
            assertEquals(0, cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.TCP)));
        }
        final ServiceFigures told = await(cluster, figures -> figures.refused().values().stream()
                .allMatch(count -> count >= CONNECTIONS)); // a client without an answer asks again
        assertTrue(told.value(Figure.CONNECTIONS).orElse(0) == 0, told::toString);
    }

    private static void denied(ContractCluster cluster) throws IOException, BackendException {
        cluster.declareBalanced(Cidr.of(cluster.podAddress(50))); // an address that no client has
        cluster.endpoints(1);
        unanswered(cluster, cluster.probe(Protocol.TCP, cluster.balancedVip(), ContractCluster.PORT));
        awaitRefused(cluster, "source-not-allowed");
    }

    private static void dropped(ContractCluster cluster) throws IOException, BackendException {
        cluster.declareElsewhere(1);
        cluster.apply();
        unanswered(cluster, cluster.probe(Protocol.TCP, cluster.nodeAddress(), ContractCluster.NODE_PORT));
        awaitRefused(cluster, "rule-drop");
    }

    private static void unanswered(ContractCluster cluster, Probe probe) throws IOException {
        // On new links the first neighbour solicitation may be lost. It is repeated after a second, longer than the
        // probes wait.
        assertEquals(
                0,
                cluster.whoAnswers(cluster.client(), cluster.probe(Protocol.TCP, cluster.nodeAddress(), CLOSED_PORT)));
        for (int i = 0; i < CONNECTIONS; i++) {
            assertEquals(0, cluster.whoAnswers(cluster.client(), probe.within(SILENCE)));
        }
    }

    /** Waits for refusals with this reason and no other; a client without an answer asks again. */
    private static void awaitRefused(ContractCluster cluster, String reason) throws BackendException {
        final ServiceFigures told =
                await(cluster, figures -> figures.refused().getOrDefault(reason, (long) CONNECTIONS) >= CONNECTIONS);
        assertTrue(
                told.refused().entrySet().stream()
                        .allMatch(each -> each.getKey().equals(reason) || each.getValue() == 0),
                told::toString);
        assertTrue(told.value(Figure.CONNECTIONS).orElse(0) == 0, told::toString);
    }

    private static void comingAndGoing(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1);
        final FlowWatch opened;
        try {
            opened = cluster.backend().watchFlows();
        } catch (BackendException e) {
            Skip.because("it says that it can't: " + e.getMessage());
            return;
        }
        try (FlowWatch watch = opened) {
            final List<FlowChange> seen = new ArrayList<>();
            cluster.node().call(() -> {
                watch.next(POLL, seen::add); // from here on
                return true;
            });
            assertEquals(1, cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.UDP)));
            awaitChange(cluster, watch, seen, change -> isToPod(cluster, change));
            cluster.endpoints(); // ends flows of datagrams
            awaitChange(
                    cluster,
                    watch,
                    seen,
                    change -> change.kind() == FlowChange.Kind.GONE && isToPod(cluster, change.flow()));
            assertEquals(0, watch.losses());
        }
    }

    private static boolean isToPod(ContractCluster cluster, FlowChange change) {
        return change.kind() == FlowChange.Kind.NEW && isToPod(cluster, change.flow());
    }

    private static boolean isToPod(ContractCluster cluster, FlowRecord flow) {
        return flow.original().destination().equals(cluster.vip())
                && flow.original().destinationPort() == ContractCluster.PORT
                && flow.reply().source().equals(cluster.podAddress(1))
                && flow.owner().isPresent();
    }

    private static void awaitChange(
            ContractCluster cluster, FlowWatch watch, List<FlowChange> seen, Predicate<FlowChange> wanted)
            throws BackendException {
        final long deadlineNanos = System.nanoTime() + LATENESS.toNanos();
        while (seen.stream().noneMatch(wanted)) {
            assertTrue(System.nanoTime() < deadlineNanos, () -> "not among " + seen);
            cluster.node().call(() -> {
                watch.next(POLL, seen::add);
                return true;
            });
        }
    }

    /** Returns the figures of the Service's TCP port, once they are as wanted. */
    private static ServiceFigures await(ContractCluster cluster, Predicate<ServiceFigures> wanted)
            throws BackendException {
        final long deadlineNanos = System.nanoTime() + LATENESS.toNanos();
        ServiceFigures figures = figures(cluster);
        while (!wanted.test(figures)) {
            final ServiceFigures now = figures;
            assertFalse(System.nanoTime() >= deadlineNanos, now::toString);
            LockSupport.parkNanos(POLL.toNanos());
            figures = figures(cluster);
        }
        return figures;
    }

    private static ServiceFigures figures(ContractCluster cluster) throws BackendException {
        return cluster.backend().figures().stream()
                .filter(each -> each.port().protocol() == Protocol.TCP)
                .findFirst()
                .orElseGet(() -> new ServiceFigures(
                        cluster.inForce()
                                .plan()
                                .rules()
                                .values()
                                .iterator()
                                .next()
                                .owner(),
                        Map.of(),
                        Map.of()));
    }
}
