package io.pointsman.bench.cluster;

import io.pointsman.bench.kernel.Services;
import io.pointsman.linux.netns.NamespaceThread;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.testkit.outsiders.AgentBuild;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measurements of one agent, as distributed, on a node of its own.
 *
 * @param startMillis from the start of the process to the first connection through one of its rules
 * @param startCpuSeconds processor time of the process until then
 * @param residentMebibytes resident memory some seconds later
 * @param peakMebibytes peak of the resident memory
 * @param idlePercent of one processor, while idle; NaN if not measured
 * @param idleProgramsPercent of one processor, used by the programs that the agent ran while idle
 */
record Trial(
        double startMillis,
        double startCpuSeconds,
        double residentMebibytes,
        double peakMebibytes,
        double idlePercent,
        double idleProgramsPercent) {
    private static final long PATIENCE_NANOS = 180_000_000_000L;
    private static final int CONNECT_MILLIS = 1000;
    private static final long LOOK_MILLIS = 2;
    private static final long SETTLING_SECONDS = 15; // a state is saved within 10 s
    private static final long WARMING_SECONDS = 120; // the JIT compiler takes this long with code that runs every 30 s
    private static final InetSocketAddress CLIENT =
            new InetSocketAddress(ClusterObjects.NODE_ADDRESS.toInetAddress(), 0);

    /**
     * Starts an agent, measures it and ends it.
     *
     * @param folder holds {@code kubeconfig} and {@code objects.json}
     * @param idleSeconds how long to measure the idle agent; 0 not to
     */
    static Trial run(
            AgentBuild build, Source source, String flavour, NetworkNamespace outside, Path folder, long idleSeconds)
            throws IOException, InterruptedException {
        final Path config = Files.writeString(folder.resolve("agent.yaml"), """
                mode: iptables
                backend.flavour: %s
                node: %s
                %s
                cluster-cidr: 10.244.0.0/14
                state-directory: %s
                """.formatted(
                        flavour,
                        ClusterObjects.NODE,
                        source == Source.FILE
                                ? "manifest: " + folder.resolve("objects.json")
                                : "kubeconfig: " + folder.resolve("kubeconfig"),
                        Files.createTempDirectory(folder, "state")));
        try (Network network = new Network(outside);
                ServerSocket _ = network.node().call(() -> new ServerSocket(Services.TARGET_PORT))) {
            return measured(
                    build.command(List.of(), "run", "--quiet", "--config", config.toString()),
                    network.node(),
                    folder,
                    idleSeconds);
        }
    }

    private static Trial measured(List<String> command, NetworkNamespace node, Path folder, long idleSeconds)
            throws IOException, InterruptedException {
        final Path log = folder.resolve("agent.log");
        final long startNanos = System.nanoTime();
        try (Child agent = Child.start(node, command, log);
                NamespaceThread client = node.openThread("client")) {
            awaitConnection(client, agent, log);
            final double startMillis = (System.nanoTime() - startNanos) / 1e6;
            final double startCpuSeconds = agent.cpu().own();
            TimeUnit.SECONDS.sleep(SETTLING_SECONDS);
            final double resident = agent.residentMebibytes();
            final double peak = agent.peakMebibytes();
            if (idleSeconds == 0) {
                return new Trial(startMillis, startCpuSeconds, resident, peak, Double.NaN, Double.NaN);
            }
            TimeUnit.SECONDS.sleep(WARMING_SECONDS);
            final Child.Cpu before = agent.cpu();
            TimeUnit.SECONDS.sleep(idleSeconds);
            final Child.Cpu after = agent.cpu();
            return new Trial(
                    startMillis,
                    startCpuSeconds,
                    resident,
                    peak,
                    100 * (after.own() - before.own()) / idleSeconds,
                    100 * (after.children() - before.children()) / idleSeconds);
        }
    }

    /** Connects to the first Service until that works; before, each connection is refused at once. */
    private static void awaitConnection(NamespaceThread client, Child agent, Path log)
            throws IOException, InterruptedException {
        final InetSocketAddress vip = new InetSocketAddress(Services.vip(0).toInetAddress(), Services.PORT);
        final long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!client.call(() -> connects(vip))) {
            if (!agent.isAlive() || System.nanoTime() - deadline > 0) {
                throw new IOException("no rule came into force; the agent said:\n" + Files.readString(log));
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private static boolean connects(InetSocketAddress vip) {
        try (Socket socket = new Socket()) {
            socket.bind(CLIENT); // fails outside the node's namespace, before anything is sent
            socket.setSoLinger(true, 0); // ends with a reset, without TIME_WAIT
            socket.connect(vip, CONNECT_MILLIS);
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
