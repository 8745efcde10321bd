package io.pointsman.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.FlowRecord;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import io.pointsman.testkit.lab.Refusal;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Requirements for a backend over time: each scenario gets its own cluster, with nothing applied yet. */
final class ContractScenarios {
    private static final int REPEATS = 12;
    private static final int CLIENTS = 104; // a few more than xt_recent remembers
    private static final Duration UDP_PATIENCE = Duration.ofSeconds(1);

    /** A scenario. */
    @FunctionalInterface
    interface Scenario {
        void play(ContractCluster cluster) throws IOException, BackendException;
    }

    private ContractScenarios() {}

    /** Returns the scenarios by the sentence that each verifies. */
    static Map<String, Scenario> all() {
        final Map<String, Scenario> all = new TreeMap<>();
        all.put("should keep a connection when its endpoint leaves", ContractScenarios::connectionOutlivesItsRule);
        all.put("should move a UDP client when its endpoint is replaced", ContractScenarios::udpClientMoves);
        all.put(
                "should end a UDP client's flow when its Service has no endpoints, and when it is deleted",
                ContractScenarios::udpClientIsCutOff);
        all.put("should keep connections and forward while the agent restarts", ContractScenarios::restart);
        all.put("should keep a client on its endpoint when the Service has affinity", ContractScenarios::affinity);
        all.put(
                "should serve the clients that there is no room to remember when the Service has affinity",
                ContractScenarios::moreClientsThanAreRemembered);
        all.put("should let a pod reach itself through its Service", ContractScenarios::hairpin);
        all.put(
                "should refuse when the last endpoint leaves and forward when one comes",
                ContractScenarios::noEndpoints);
        all.put("should change nothing when nothing changed", ContractScenarios::emptyDelta);
        all.put("should list a live connection", ContractScenarios::flows);
        all.put("should remove everything on cleanup, and nothing on a dry run", ContractScenarios::cleanup);
        all.put("should keep forwarding and know all it owns after agents were killed", KillScenario::play);
        all.put(
                "should route every answer back to a client on its endpoints' bridge while endpoints come and go",
                NeighbourScenario::play);
        all.putAll(ChangeScenarios.all());
        all.putAll(FigureScenarios.all());
        return all;
    }

    private static Probe toVip(ContractCluster cluster, Protocol protocol) {
        return cluster.probe(protocol, cluster.vip(), ContractCluster.PORT);
    }

    private static void connectionOutlivesItsRule(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1);
        try (LabConnection connection = cluster.client().connect(toVip(cluster, Protocol.TCP))) {
            assertEquals(1, cluster.whoAnswers(connection));
            cluster.endpoints(2);
            assertEquals(1, cluster.whoAnswers(connection), "the established connection's pod");
            assertEquals(
                    2, cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.TCP)), "a new connection's pod");
        }
    }

    private static void udpClientMoves(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1);
        try (LabConnection client = cluster.client().connect(toVip(cluster, Protocol.UDP));
                LabConnection outside = cluster.client()
                        .connect(cluster.probe(Protocol.UDP, cluster.nodeAddress(), ContractCluster.NODE_PORT))) {
            assertEquals(1, cluster.whoAnswers(client));
            assertEquals(1, cluster.whoAnswers(outside));
            cluster.endpoints(2);
            cluster.stop(1);
            assertEquals(2, podAfterRetries(cluster, client), "the pod after its predecessor went, by the VIP");
            assertEquals(2, podAfterRetries(cluster, outside), "the pod after its predecessor went, by the node port");
        }
    }

    /** The pod serves all the time, so a flow that is left over would reach it. */
    private static void udpClientIsCutOff(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1);
        try (LabConnection client = cluster.client().connect(toVip(cluster, Protocol.UDP));
                LabConnection outside = cluster.client()
                        .connect(cluster.probe(Protocol.UDP, cluster.nodeAddress(), ContractCluster.NODE_PORT))) {
            assertEquals(1, podAfterRetries(cluster, client));
            assertEquals(1, podAfterRetries(cluster, outside));
            cluster.endpoints();
            assertEquals(0, cluster.podOf(client.exchange(UDP_PATIENCE)), "without endpoints, by the VIP");
            assertEquals(0, cluster.podOf(outside.exchange(UDP_PATIENCE)), "without endpoints, by the node port");
            cluster.endpoints(1);
            assertEquals(1, podAfterRetries(cluster, client), "the endpoint is back, by the VIP");
            assertEquals(1, podAfterRetries(cluster, outside), "the endpoint is back, by the node port");
            cluster.delete();
            assertEquals(0, cluster.podOf(client.exchange(UDP_PATIENCE)), "deleted, by the VIP");
            assertEquals(0, cluster.podOf(outside.exchange(UDP_PATIENCE)), "deleted, by the node port");
        }
    }

    /** Returns the pod that answers, with retries, as a datagram may be lost during a change. */
    private static int podAfterRetries(ContractCluster cluster, LabConnection client) {
        int pod = 0;
        for (int i = 0; i < REPEATS && pod == 0; i++) {
            pod = cluster.podOf(client.exchange(UDP_PATIENCE));
        }
        return pod;
    }

    private static void restart(ContractCluster cluster) throws IOException, BackendException {
        cluster.requireSurvival();
        cluster.declare(Optional.empty());
        cluster.endpoints(1);
        try (LabConnection connection = cluster.client().connect(toVip(cluster, Protocol.TCP))) {
            assertEquals(1, cluster.whoAnswers(connection));
            cluster.stopAgent();
            assertEquals(1, cluster.whoAnswers(connection), "the connection's pod while the agent is away");
            assertEquals(1, cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.TCP)), "a new connection's");
            cluster.startAgent();
            assertEquals(1, cluster.whoAnswers(connection), "the connection's pod after the restart");
            cluster.endpoints(2);
            assertEquals(2, cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.TCP)), "after a change");
            assertEquals(1, cluster.whoAnswers(connection), "the old connection's pod after a change");
        }
    }

    private static void affinity(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.of(Duration.ofHours(1)));
        cluster.requireNoDeviation("affinity", cluster.endpoints(1, 2, 3));
        final Set<Integer> pods = new HashSet<>();
        for (int i = 0; i < REPEATS; i++) {
            pods.add(cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.TCP)));
        }
        assertEquals(1, pods.size(), () -> "pods that answered one client: " + pods);
        final int pod = pods.iterator().next();
        assertNotEquals(0, pod, "no answer");
        cluster.endpoints(pod, 4, 5);
        assertEquals(pod, cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.TCP)), "after others changed");
        cluster.endpoints(4, 5);
        assertNotEquals(0, cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.TCP)), "after its pod left");
    }

    /** A full affinity table must not stop a packet's processing: the client is served, with or without affinity. */
    private static void moreClientsThanAreRemembered(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.of(Duration.ofHours(1)));
        cluster.requireNoDeviation("affinity", cluster.endpoints(1));
        final LabHost client = cluster.client();
        for (int number = 1; number <= CLIENTS; number++) {
            final IpAddress address = cluster.addClientAddress(number);
            for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
                assertEquals(
                        1,
                        cluster.whoAnswers(client, toVip(cluster, protocol).from(address)),
                        protocol + ": who answers client " + number);
            }
        }
    }

    private static void hairpin(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1);
        for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
            final ProbeResult result = cluster.pod(1).send(toVip(cluster, protocol));
            assertEquals(1, cluster.podOf(result), () -> protocol + ": " + result);
            final IpAddress seen = result.answer().orElseThrow().peer();
            assertEquals(cluster.nodeAddress(), seen, protocol + ": the source that the pod sees");
        }
    }

    private static void noEndpoints(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints();
        assertTrue(cluster.client().send(toVip(cluster, Protocol.TCP)).answer().isEmpty(), "no server should answer");
        cluster.endpoints(1);
        assertEquals(1, cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.TCP)));
        cluster.endpoints();
        final boolean isExact = cluster.capabilities().deviations().stream()
                .noneMatch(deviation -> deviation.aspect().equals("reject"));
        for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
            final ProbeResult result = cluster.client().send(toVip(cluster, protocol));
            assertTrue(result.answer().isEmpty(), result::toString);
            assertFalse(result instanceof ProbeResult.TimedOut, "a client must be told that there is no endpoint");
            // a sender of datagrams gets EPERM if packets are refused on their way out, else ECONNREFUSED
            final ProbeResult local = cluster.node().send(toVip(cluster, protocol));
            assertTrue(local.answer().isEmpty(), local::toString);
            assertFalse(local instanceof ProbeResult.TimedOut, "the node's own program must be told, too");
            if (isExact) {
                final Optional<Refusal> refusal = cluster.client().refusal(toVip(cluster, protocol));
                assertTrue(
                        refusal.filter(how -> mayRefuse(protocol, how)).isPresent(), () -> protocol + ": " + refusal);
            }
        }
    }

    private static boolean mayRefuse(Protocol protocol, Refusal refusal) {
        return switch (refusal) {
            case Refusal.TcpReset() -> protocol == Protocol.TCP;
            case Refusal.Icmp icmp ->
                icmp.equals(Refusal.PORT_UNREACHABLE) || icmp.equals(Refusal.PORT_UNREACHABLE_IPV6);
        };
    }

    private static void emptyDelta(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1, 2);
        final long version = cluster.inForce().plan().version();
        final var report = cluster.backend()
                .apply(cluster.inForce().plan(), new PlanDelta(version, version, List.of(), List.of(), Set.of()));
        assertEquals(0, report.changes());
        assertEquals(
                cluster.inForce().plan().rules().size(),
                report.rulesInForce() + report.problems().size());
        assertEquals(List.of(), cluster.backend().audit().findings());
    }

    private static void flows(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1);
        try (LabConnection connection = cluster.client().connect(toVip(cluster, Protocol.TCP))) {
            assertEquals(1, cluster.whoAnswers(connection));
            final List<FlowRecord> flows;
            try (var stream = cluster.backend().flows()) {
                flows = stream.toList();
            }
            final boolean isListed = flows.stream()
                    .anyMatch(flow -> flow.original().destination().equals(cluster.vip())
                            && flow.original().destinationPort() == ContractCluster.PORT
                            && flow.reply().source().equals(cluster.podAddress(1))
                            && flow.owner().isPresent());
            assertTrue(isListed, () -> "not among " + flows);
        }
    }

    private static void cleanup(ContractCluster cluster) throws IOException, BackendException {
        cluster.declare(Optional.empty());
        cluster.endpoints(1);
        cluster.requireSurvival();
        final var dryRun = cluster.backend().cleanup(true);
        assertFalse(dryRun.removed().isEmpty(), "a dry run that finds nothing");
        assertEquals(1, cluster.whoAnswers(cluster.client(), toVip(cluster, Protocol.TCP)), "after a dry run");
        assertFalse(cluster.backend().cleanup(false).removed().isEmpty(), "a cleanup that finds nothing");
        final ProbeResult result =
                cluster.client().send(toVip(cluster, Protocol.TCP).within(UDP_PATIENCE));
        assertTrue(result.answer().isEmpty(), () -> "after a cleanup: " + result);
        assertEquals(List.of(), cluster.backend().cleanup(true).removed(), "what a cleanup left");
    }
}
