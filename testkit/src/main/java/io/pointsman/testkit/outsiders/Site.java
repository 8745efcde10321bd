package io.pointsman.testkit.outsiders;

import io.pointsman.linux.route.Route;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A node for an agent, with its pod, a well-behaved client and a host for outsiders, each in its own network namespace, and
 * the agent's manifests and settings. Removed, with all that runs on it, when closed.
 */
public final class Site implements AutoCloseable {
    /** The node's address towards outsiders. */
    public static final IpAddress NODE = IpAddress.parse("192.0.2.1");

    /** Address of another node, which the outsiders' host has. */
    public static final IpAddress OTHER_NODE = IpAddress.parse("192.0.2.2");

    public static final IpAddress OUTSIDER = IpAddress.parse("192.0.2.66");
    public static final IpAddress INNOCENT = IpAddress.parse("198.51.100.7");

    /** The node's address towards the innocent client. */
    public static final IpAddress NODE_TO_INNOCENT = IpAddress.parse("198.51.100.1");

    /** Range of further addresses of the outsiders' host. */
    public static final Cidr SPOOFED = Cidr.parse("198.18.0.0/15");

    private static final IpAddress POD = IpAddress.parse("10.244.1.5");
    private static final IpAddress NODE_TO_POD = IpAddress.parse("10.244.1.1");

    /** A Service that only the well-behaved client uses. */
    public static final InetSocketAddress QUIET_VIP = new InetSocketAddress("10.96.0.20", 80);

    /** A Service that all clients use. */
    public static final InetSocketAddress SHARED_VIP = new InetSocketAddress("10.96.0.21", 80);

    /** A UDP Service that answers at once; outsiders use it. */
    public static final InetSocketAddress SHARED_UDP_VIP = new InetSocketAddress("10.96.0.54", 53);

    /** A UDP Service that answers with a delay, like a resolver that asks others. */
    public static final InetSocketAddress DNS_VIP = new InetSocketAddress("10.96.0.53", 53);

    private static final int HEALTHZ_PORT = 10_256;
    private static final int METRICS_PORT = 10_249;
    private static final int HEALTH_CHECK_NODE_PORT = 32_122;
    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

    private final Lab lab;
    private final Path folder;
    private final LabHost node;
    private final LabHost pod;
    private final LabHost outsider;
    private final LabHost innocent;
    private @Nullable Process endpoints;

    private Site(Lab lab, Path folder) throws IOException {
        this.lab = lab;
        this.folder = folder;
        node = lab.addHost("node").forward();
        pod = lab.addHost("pod");
        outsider = lab.addHost("outsider");
        innocent = lab.addHost("innocent");
    }

    /** Builds a site with running endpoints; the caller starts the agent. */
    public static Site open(Path folder) throws IOException {
        final Lab lab = Lab.open();
        try {
            final Site site = new Site(lab, folder);
            site.wire();
            site.startEndpoints();
            Files.createDirectories(site.manifests());
            site.putManifest("site.yaml", Manifests.SITE);
            return site;
        } catch (IOException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private void wire() throws IOException {
        connect(outsider, OUTSIDER, "up0", NODE);
        outsider.addAddress("eth0", OTHER_NODE, 24);
        outsider.netlink().replaceRoute(Route.local(SPOOFED, outsider.netlink().linkIndex("lo")));
        node.route(SPOOFED, OUTSIDER);
        connect(innocent, INNOCENT, "up1", NODE_TO_INNOCENT);
        connect(pod, POD, "pod0", NODE_TO_POD);
    }

    private void connect(LabHost host, IpAddress address, String nodeInterface, IpAddress nodeAddress)
            throws IOException {
        lab.connect(node, nodeInterface, host, "eth0");
        node.addAddress(nodeInterface, nodeAddress, 24);
        host.addAddress("eth0", address, 24);
        host.route(new Cidr(IpAddress.unspecified(IpFamily.IPV4), 0), nodeAddress);
    }

    private void startEndpoints() throws IOException {
        final Process process = pod.start(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Endpoints.class.getName(),
                        POD.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT));
        endpoints = process;
        final BufferedReader said = process.inputReader();
        if (!"ready".equals(said.readLine())) {
            throw new IOException("the endpoints did not start");
        }
    }

    public LabHost node() {
        return node;
    }

    public LabHost outsider() {
        return outsider;
    }

    public LabHost innocent() {
        return innocent;
    }

    /** Returns the folder that the agent watches. */
    public Path manifests() {
        return folder.resolve("manifests");
    }

    /** Returns the folder where the agent records what it owns. */
    public Path stateDirectory() {
        return folder.resolve("state");
    }

    /** Writes a manifest, atomically. */
    public void putManifest(String name, String text) throws IOException {
        Manifests.put(manifests().resolve(name), text);
    }

    /** Removes a manifest. */
    public void removeManifest(String name) throws IOException {
        Files.delete(manifests().resolve(name));
    }

    /** Writes the agent's settings: the userspace backend with these additional ones. */
    public Path configure(Map<String, String> settings) throws IOException {
        final Path config = folder.resolve("agent.yaml");
        final String more = settings.entrySet().stream()
                .map(setting -> setting.getKey() + ": " + setting.getValue() + "\n")
                .collect(Collectors.joining());
        Files.writeString(config, """
                mode: userspace
                node: n1
                manifest: %s
                cluster-cidr: 10.244.0.0/16
                state-directory: %s
                metrics-bind-address: 0.0.0.0:%d
                """.formatted(manifests(), stateDirectory(), METRICS_PORT) + more);
        return config;
    }

    /** Returns the agent's pages, by the node's address towards outsiders: health, metrics, a Service's health check. */
    public static List<Target> pagesForOutsiders() {
        return List.of(
                new Target(NODE, HEALTHZ_PORT, "/healthz"),
                new Target(NODE, METRICS_PORT, "/metrics"),
                new Target(NODE, HEALTH_CHECK_NODE_PORT, "/healthz"));
    }

    /** Returns the pages that the node itself requests, as a kubelet and a scraper on it do. */
    static List<Target> pagesForNode() {
        return List.of(new Target(LOOPBACK, HEALTHZ_PORT, "/livez"), new Target(LOOPBACK, METRICS_PORT, "/metrics"));
    }

    /** Returns the page that a load balancer requests. */
    static Target healthCheck() {
        return new Target(NODE_TO_INNOCENT, HEALTH_CHECK_NODE_PORT, "/healthz");
    }

    static Target status() {
        return new Target(LOOPBACK, METRICS_PORT, "/status");
    }

    @Override
    public void close() {
        if (endpoints != null) {
            endpoints.destroyForcibly();
        }
        lab.close();
    }
}
