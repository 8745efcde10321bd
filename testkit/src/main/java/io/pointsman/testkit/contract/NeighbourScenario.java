package io.pointsman.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pointsman.linux.KernelException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.Capabilities;
import io.pointsman.spi.RuleProblem;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A pod is the client of pods on its own bridge, for which its address is a neighbour's. A reply sent directly has the wrong
 * source, so the client's host resets the connection. Every reply must return through the node, from the first connection of
 * a new endpoint to the last of a removed one.
 */
final class NeighbourScenario {
    private static final int CLIENT = 99;
    private static final int PODS = 3;
    private static final int CHANGES = 10;
    private static final int CLIENTS = 2;
    private static final int CONNECTIONS_PER_CHANGE = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private NeighbourScenario() {}

    static void play(ContractCluster cluster) throws IOException, BackendException {
        requireBridge(cluster);
        cluster.declare(Optional.empty());
        final LabHost client = cluster.pod(CLIENT);
        for (int pod = 1; pod <= PODS; pod++) {
            cluster.serve(pod); // a port added later may give the bridge another hardware address
        }
        final boolean keepsSource = keepsSource(cluster, cluster.endpoints(1));
        final Probe probe = cluster.probe(Protocol.TCP, cluster.vip(), ContractCluster.PORT);
        assertAnswered(cluster, keepsSource, client.send(probe), 1, "before any change");
        assertAnswered(
                cluster,
                keepsSource,
                client.send(cluster.probe(Protocol.UDP, cluster.vip(), ContractCluster.PORT)),
                1,
                "a datagram");
        try (LabConnection lasting = client.connect(probe);
                ContractLoad load = ContractLoad.start(client, probe, CLIENTS)) {
            // For a socket proxy the kernel accepts first, and the proxy chooses the endpoint later.
            assertAnswered(cluster, keepsSource, lasting.exchange(PATIENCE), 1, "the lasting connection at first");
            for (int change = 1; change <= CHANGES && load.failures().isEmpty(); change++) {
                final int pod = change % PODS + 1;
                cluster.endpoints(pod);
                assertAnswered(cluster, keepsSource, client.send(probe), pod, "a new connection");
                load.await(CONNECTIONS_PER_CHANGE);
                assertAnswered(cluster, keepsSource, lasting.exchange(PATIENCE), 1, "the lasting connection");
            }
            assertEquals(List.of(), load.failures(), () -> "after " + load.connections() + " connections");
        }
        assertEquals(
                0,
                resets(client),
                "connections that the client's host reset because an answer came from another address");
        assertEquals(List.of(), cluster.backend().audit().findings());
    }

    /** Skips the test if the kernel's packet filters do not see bridged packets, as such a node can't serve these pods. */
    private static void requireBridge(ContractCluster cluster) throws IOException {
        final boolean isFiltered =
                cluster.node().call(() -> Files.exists(Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables")));
        if (!isFiltered) {
            Skip.because("no br_netfilter here: a bridge keeps its packets from the node's filters");
        }
        try {
            cluster.putPodsOnABridge();
        } catch (KernelException e) {
            Skip.because("no bridge here: " + e.getMessage());
        }
    }

    private static boolean keepsSource(ContractCluster cluster, ApplyReport report) {
        return cluster.capabilities().has(Capabilities.Feature.KEEPS_SOURCE)
                && report.problems().stream().noneMatch(problem -> problem.kind() == RuleProblem.Kind.DEGRADED);
    }

    private static void assertAnswered(
            ContractCluster cluster, boolean keepsSource, ProbeResult result, int pod, String what) {
        assertEquals(pod, cluster.podOf(result), () -> "who answers " + what + ": " + result);
        final IpAddress seen = result.answer().orElseThrow().peer();
        assertTrue(
                !keepsSource || seen.equals(cluster.podAddress(CLIENT)),
                () -> what + ": the client's address as its endpoint sees it: " + seen);
    }

    private static long resets(LabHost host) throws IOException {
        final List<String> lines = host.run("grep", "^Tcp:", "/proc/net/snmp")
                .outputOrFail()
                .lines()
                .toList();
        final List<String> names = List.of(lines.getFirst().split(" ", -1));
        return Long.parseLong(lines.get(1).split(" ", -1)[names.indexOf("OutRsts")]);
    }
}
