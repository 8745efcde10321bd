package io.pointsman.lab;

import io.pointsman.model.IpFamily;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The second kind of load balancer: HAProxy, which terminates the client's connection and opens its own to a healthy node.
 * Port 80 passes bytes on without the client's address, 81 adds Forwarded and X-Forwarded-For to requests, 82 starts each
 * connection with a PROXY protocol header.
 */
final class Proxy implements AutoCloseable {
    static final int PLAIN = 80;
    static final int HEADERS = 81;
    static final int PROXY_PROTOCOL = 82;

    /** Port where it reports how many nodes each of its backends uses. */
    private static final int READY_PORT = 8404;

    /** Port of the backend whose servers are health-checked; the others of its family follow its results. */
    private static final int CHECKED = PLAIN;

    /** Options of a health check; the interval also limits the wait for a connection. */
    private static final String CHECK =
            (LabInUml.isInside() ? " check inter 1s fastinter 300ms" : " check inter 250ms fastinter 100ms")
                    + " fall 2 rise 1 port ";

    private static final List<Integer> PORTS = List.of(PLAIN, HEADERS, PROXY_PROTOCOL);

    private static final Path PROGRAM = Path.of("/usr/sbin/haproxy");
    private static final Duration END_PATIENCE = Duration.ofSeconds(5);
    private static final long LOOK_MILLIS = 25;
    private static final int MAX_LOOKS = 2_400;
    private static final String DEFAULTS = """
            global
                maxconn 1000
                nbthread 1
            defaults
                timeout connect 2s
                timeout client 30s
                timeout server 30s
                timeout check 10s
                retries 2
                option redispatch
            """;

    private final LabHost host;
    private final Path log;
    private final Process process;

    private Proxy(LabHost host, Path log, Process process) {
        this.host = host;
        this.log = log;
        this.process = process;
    }

    /** Returns why HAProxy is missing; empty if it is installed. */
    static String missing() {
        return Files.isExecutable(PROGRAM) ? "" : "HAProxy is not installed: apt install haproxy (as root)";
    }

    /** Starts it on the balancer's host; it checks the nodes' health at the Service's own port. */
    static Proxy start(TutorialCluster cluster, Path folder) throws IOException {
        final LabHost host = cluster.host(TutorialCluster.BALANCER);
        final Path config = Files.writeString(folder.resolve("haproxy.cfg"), configuration(cluster));
        final Path log = folder.resolve("haproxy.log");
        return new Proxy(
                host,
                log,
                host.start(new ProcessBuilder(List.of(PROGRAM.toString(), "-db", "-f", config.toString()))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())));
    }

    /** Waits until this number of nodes is in use, at every port and in both families. */
    void awaitInUse(int nodes) throws IOException {
        final String wanted = Integer.toString(nodes).repeat(PORTS.size() * IpFamily.values().length);
        String last = "nothing";
        for (int i = 0; i < MAX_LOOKS; i++) {
            if (!process.isAlive()) {
                throw new IOException("haproxy ended with " + process.exitValue() + ": " + Files.readString(log));
            }
            last = LocalPage.get(host, READY_PORT, "/").orElse("nothing");
            if (last.equals(wanted)) {
                return;
            }
            TutorialCluster.pause(LOOK_MILLIS);
        }
        throw new IOException("haproxy uses " + last + " nodes, not " + wanted + ": " + Files.readString(log));
    }

    private static String configuration(TutorialCluster cluster) throws IOException {
        final StringBuilder text = new StringBuilder(DEFAULTS);
        text.append("frontend ready\n    mode http\n    bind 127.0.0.1:" + READY_PORT + "\n")
                .append("    http-request return status 200 content-type text/plain lf-string \"");
        for (IpFamily family : IpFamily.values()) {
            for (int port : PORTS) {
                text.append("%[nbsrv(nodes-")
                        .append(family)
                        .append('-')
                        .append(port)
                        .append(")]");
            }
        }
        text.append("\"\n");
        for (IpFamily family : IpFamily.values()) {
            for (int port : PORTS) {
                final String name = family + "-" + port;
                text.append("frontend ").append(name).append('\n');
                text.append("    mode ")
                        .append(port == HEADERS ? "http" : "tcp")
                        .append('\n');
                text.append("    bind ")
                        .append(cluster.address(TutorialCluster.BALANCER, family)
                                .withPort(port))
                        .append('\n');
                text.append("    default_backend nodes-").append(name).append('\n');
                text.append("backend nodes-").append(name).append('\n');
                text.append("    mode ")
                        .append(port == HEADERS ? "http" : "tcp")
                        .append('\n');
                if (port == HEADERS) {
                    text.append("    option forwardfor\n    http-request set-header Forwarded for=")
                            .append(family == IpFamily.IPV4 ? "%[src]" : "\\\"[%[src]]\\\"")
                            .append('\n');
                }
                text.append("    option httpchk GET /healthz\n");
                for (LabHost node : cluster.nodes()) {
                    text.append(server(cluster, node, family, port));
                }
            }
        }
        return text.toString();
    }

    private static String server(TutorialCluster cluster, LabHost node, IpFamily family, int port) throws IOException {
        final int nodePort = port == PROXY_PROTOCOL ? CrossPlatform.PROXY_PROTOCOL_NODE_PORT : CrossPlatform.NODE_PORT;
        return "    server " + node + " " + cluster.address(node.name(), family).withPort(nodePort)
                + (port == CHECKED
                        ? CHECK + ClusterState.HEALTH_CHECK_NODE_PORT
                        : " track nodes-" + family + "-" + CHECKED + "/" + node)
                + (port == PROXY_PROTOCOL ? " send-proxy-v2" : "") + "\n";
    }

    @Override
    public void close() {
        Ending.of(process, END_PATIENCE);
    }
}
