package io.pointsman.bench.look;

import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.bench.kernel.Services;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.model.IpAddress;
import io.pointsman.testkit.outsiders.AgentBuild;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** An agent, as distributed, on a node of its own, with clients and the endpoint of all its Services. */
final class WatchedAgent implements Contender, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3); // not part of any measurement
    private static final long LOOK_MILLIS = 50;
    private static final String ADDRESS = "192.0.2.1";
    private static final String STATE = "state";
    static final String LOG = "agent.log";

    private final NetworkNamespace node;
    private final Path state;
    private final Process process;
    private final Traffic traffic;
    private final int services;
    private final int clients;

    private WatchedAgent(
            NetworkNamespace node, Path state, Process process, Traffic traffic, int services, int clients) {
        this.node = node;
        this.state = state;
        this.process = process;
        this.traffic = traffic;
        this.services = services;
        this.clients = clients;
    }

    /**
     * Starts an agent, and returns when its Services answer.
     *
     * @param clients connect at a time
     */
    static WatchedAgent start(
            AgentBuild build,
            String name,
            String mode,
            Map<String, String> settings,
            Namespaces namespaces,
            Path folder,
            Path manifest,
            int services,
            int clients)
            throws IOException, InterruptedException {
        final NetworkNamespace node = namespaces.make("look-" + name);
        Namespaces.run(node, "", "sh", "-ec", """
                ip link add eth0 type veth peer name peer0
                ip addr add %s/24 dev eth0
                ip link set eth0 up
                ip link set peer0 up
                ip route add default dev eth0
                echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range
                """.formatted(ADDRESS));
        final Path own = folder.resolve(name);
        final Traffic traffic = new Traffic(node, services);
        final Process process = launch(build, node, own, mode, settings, manifest);
        final WatchedAgent agent = new WatchedAgent(node, records(own, mode), process, traffic, services, clients);
        final long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        while (!traffic.isServed()) {
            if (!agent.process.isAlive() || System.nanoTime() - deadlineNanos > 0) {
                agent.close();
                throw new IOException("the agent does not serve; it said:\n" + Files.readString(own.resolve(LOG)));
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        return agent;
    }

    /**
     * Starts an agent's process in the node's namespace.
     *
     * @param own a folder for its files
     */
    static Process launch(
            AgentBuild build, NetworkNamespace node, Path own, String mode, Map<String, String> settings, Path manifest)
            throws IOException {
        Files.createDirectories(own);
        final String common = """
                node: here
                mode: %s
                manifest: %s
                state-directory: %s
                """.formatted(mode, manifest, own.resolve(STATE));
        final Path config = Files.writeString(
                own.resolve("agent.yaml"),
                settings.entrySet().stream()
                        .map(entry -> entry.getKey() + ": " + entry.getValue() + "\n")
                        .collect(Collectors.joining("", common, "")));
        final ProcessBuilder builder = new ProcessBuilder(
                        build.command(List.of(), "run", "--quiet", "--config", config.toString()))
                .redirectErrorStream(true)
                .redirectOutput(own.resolve(LOG).toFile());
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        return node.call(builder::start);
    }

    /** Folder of an agent's records. */
    static Path records(Path own, String mode) {
        return own.resolve(STATE).resolve(mode);
    }

    /** Returns a manifest with the given number of Services, each with its own cluster IP and the node's address as endpoint. */
    static String manifest(int services, IntFunction<IpAddress> vip) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < services; i++) {
            text.append("""
                    ---
                    {kind: Service, apiVersion: v1, metadata: {name: svc-%1$05d, namespace: bench},
                     spec: {type: ClusterIP, clusterIP: %2$s, ports: [{port: %3$d, targetPort: %4$d, protocol: TCP}]}}
                    ---
                    {kind: EndpointSlice, apiVersion: discovery.k8s.io/v1, addressType: IPv4,
                     metadata: {name: svc-%1$05d-a, namespace: bench, labels: {kubernetes.io/service-name: svc-%1$05d}},
                     endpoints: [{addresses: [%5$s], conditions: {ready: true}}], ports: [{port: %4$d, protocol: TCP}]}
                    """.formatted(i, vip.apply(i), Services.PORT, Services.TARGET_PORT, ADDRESS));
        }
        return text.toString();
    }

    @Override
    public Process process() {
        return process;
    }

    @Override
    public Viewer viewer(Looking looking) throws IOException {
        return Viewer.start(node, services, looking, state);
    }

    @Override
    public Work work(double seconds) throws IOException, InterruptedException {
        return traffic.connect(clients, seconds);
    }

    @Override
    public double cpuSeconds() {
        return process.info()
                .totalCpuDuration()
                .map(used -> used.toNanos() / 1e9)
                .orElseThrow();
    }

    @Override
    public void close() {
        traffic.close();
        process.destroyForcibly();
        process.onExit().join();
    }
}
