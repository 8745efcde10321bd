package io.pointsman.lab;

import io.pointsman.examples.sourceip.EchoServer;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.testkit.lab.LabCluster;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The running cluster of the tutorial: hosts, serving pods, and an agent of one mode on each node. */
final class TutorialCluster implements AutoCloseable {
    static final String CLIENT = "client";
    static final String BALANCER = "balancer";
    static final String BUSYBOX = "busybox";
    static final String BUSYBOX_BESIDE = "busybox-6jst";
    static final String APP_NODE = "kubernetes-node-6jst";
    static final String BUSYBOX_NODE = "kubernetes-node-cx31";
    static final String EMPTY_NODE = "kubernetes-node-jj1t";
    /** The router's address on the nodes' network. */
    private static final String API_SERVER = "10.240.0.1";

    static final int APP_PORT = 8080;
    static final int PROXY_PROTOCOL_PORT = 8081;

    static final Pod APP = Pod.running("source-ip-app", APP_NODE, "10.180.1.136", "fd00:10:180:1::136");
    static final Pod APP_2 = Pod.running("source-ip-app-2", BUSYBOX_NODE, "10.244.3.137", "fd00:10:244:3::137");
    static final Pod APP_3 = Pod.running("source-ip-app-3", EMPTY_NODE, "10.244.1.138", "fd00:10:244:1::138");

    private static final Duration CLEAN_UP_PATIENCE = Duration.ofSeconds(60);

    private final LabCluster cluster;
    private final ClusterState state;
    private final Path folder;
    private final Map<String, NodeSettings> settings = new LinkedHashMap<>();
    private final Agents agents;
    private final Map<String, EchoServer> servers = new LinkedHashMap<>();

    private TutorialCluster(LabCluster cluster, ClusterState state, Agents agents, Path folder) {
        this.cluster = cluster;
        this.state = state;
        this.agents = agents;
        this.folder = folder;
    }

    /** Builds the hosts and starts the tutorial's pod; no agent runs yet. */
    static TutorialCluster open(Source source, Path folder) throws IOException {
        Files.createDirectories(folder);
        final LabCluster hosts = LabCluster.tutorial();
        final TutorialCluster tutorial;
        try {
            final Agents agents = new Agents(folder);
            tutorial =
                    new TutorialCluster(hosts, new ClusterState(store(source, hosts, agents, folder)), agents, folder);
        } catch (IOException | RuntimeException e) {
            hosts.close();
            throw e;
        }
        try {
            tutorial.cluster.addPod(BUSYBOX_BESIDE, APP_NODE, "10.180.1.8", "fd00:10:180:1::8");
            tutorial.addPodHost(APP_2);
            tutorial.addPodHost(APP_3);
            tutorial.serve(APP);
            tutorial.state.pods(List.of(APP));
            return tutorial;
        } catch (IOException | RuntimeException e) {
            tutorial.close();
            throw e;
        }
    }

    private static ObjectStore store(Source source, LabCluster hosts, Agents agents, Path folder) throws IOException {
        return switch (source) {
            case FILE -> new ManifestStore(folder.resolve("manifests"), agents::inTurn);
            case API -> ServedStore.start(hosts.router(), API_SERVER, folder, agents::inTurn);
        };
    }

    private void addPodHost(Pod pod) throws IOException {
        cluster.addPod(pod.name(), pod.node(), pod.ipv4().toString(), pod.ipv6().toString());
    }

    /** Starts the echo server of a pod, in its host's namespace. */
    void serve(Pod pod) throws IOException {
        final List<InetSocketAddress> plain = new ArrayList<>();
        final List<InetSocketAddress> proxied = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            plain.add(new InetSocketAddress(pod.address(family).toInetAddress(), APP_PORT));
            proxied.add(new InetSocketAddress(pod.address(family).toInetAddress(), PROXY_PROTOCOL_PORT));
        }
        final EchoServer server = host(pod.name()).call(() -> EchoServer.start(plain, proxied));
        final EchoServer before = servers.put(pod.name(), server);
        if (before != null) {
            throw new IllegalStateException("pod " + pod.name() + " serves already");
        }
    }

    /** Stops the echo server of a pod. */
    void end(Pod pod) {
        Objects.requireNonNull(servers.remove(pod.name()), pod.name()).close();
    }

    /** Starts an agent of this mode on every node and waits until each has a plan in force. */
    void startAgents(AgentProgram program, String mode) throws IOException, ConfigException {
        for (LabHost node : cluster.nodes()) {
            final NodeSettings own = NodeSettings.of(mode, node, state.store(), folder);
            final Path config = folder.resolve(node.name() + ".yaml");
            own.write(config);
            settings.put(node.name(), own);
            agents.start(program, node, config);
        }
        agents.awaitStarted();
    }

    /** An edit of the cluster's state. */
    interface Edit {
        void make(ClusterState state) throws IOException;
    }

    /** Makes an edit and waits until every agent has put it in force. */
    void edit(Edit edit) throws IOException {
        state.store().edit(() -> edit.make(state));
    }

    static void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    LabCluster lab() {
        return cluster;
    }

    ClusterState state() {
        return state;
    }

    LabHost host(String name) {
        return cluster.host(name);
    }

    List<LabHost> nodes() {
        return cluster.nodes();
    }

    /** Returns every host whose packets are captured: all but the router, which forwards them. */
    List<LabHost> hosts() {
        return Stream.concat(
                        cluster.nodes().stream(),
                        Stream.of(CLIENT, BALANCER, BUSYBOX, BUSYBOX_BESIDE, APP.name(), APP_2.name(), APP_3.name())
                                .map(this::host))
                .toList();
    }

    List<NodeAgent> agents() {
        return agents.all();
    }

    /** Returns the configuration of a node's agent. */
    NodeSettings settings(String node) {
        return Objects.requireNonNull(settings.get(node), node);
    }

    /** Returns a host's address on its uplink. */
    IpAddress address(String host, IpFamily family) throws IOException {
        return LabCluster.addressOf(host(host), family);
    }

    /** Returns a node's address on its pods' bridge, which its pods see as its source. */
    IpAddress bridgeAddress(String node, IpFamily family) throws IOException {
        final LabHost host = host(node);
        return host.netlink().addresses(host.netlink().linkIndex(LabCluster.POD_BRIDGE)).stream()
                .map(address -> address.address())
                .filter(address -> address.family() == family && !address.isLinkLocal())
                .findFirst()
                .orElseThrow();
    }

    /** Returns the source that a pod of the first node sees if this node masquerades. */
    IpAddress masqueradeAddress(String node, IpFamily family) throws IOException {
        return node.equals(APP_NODE) ? bridgeAddress(node, family) : address(node, family);
    }

    /** Returns the current state of every node. */
    Map<String, NodeState> nodeStates() throws IOException {
        final Map<String, NodeState> states = new LinkedHashMap<>();
        for (LabHost node : nodes()) {
            states.put(node.name(), NodeState.of(node));
        }
        return states;
    }

    /** Runs {@code pointsman cleanup} on a node whose agent has ended. */
    void cleanUp(AgentProgram program, LabHost node) throws IOException {
        final Path config = folder.resolve(node.name() + ".yaml");
        node.run(CLEAN_UP_PATIENCE, program.with("cleanup", "--config", config.toString()))
                .outputOrFail();
    }

    /** Ends the agents, as SIGTERM does. */
    void stopAgents() {
        agents.stop();
    }

    @Override
    public void close() {
        stopAgents();
        servers.values().forEach(EchoServer::close);
        servers.clear();
        state.store().close();
        cluster.close();
    }
}
