package io.pointsman.bench.cluster;

import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A node in a network namespace of its own, linked to the API server's. VIPs and endpoints are its own addresses, so that
 * a connection is refused at once until a rule translates it to a port with a listener.
 */
final class Network implements AutoCloseable {
    static final String SERVER_ADDRESS = "10.250.0.1";

    private final Namespaces namespaces = new Namespaces();
    private final NetworkNamespace node = namespaces.make("cluster-node");
    private final NetworkNamespace server;

    Network(NetworkNamespace server) throws IOException {
        this.server = server;
        Namespaces.run(node, "", "sh", "-ec", """
                ip link add eth0 type veth peer name eth0 netns %s
                ip addr add 10.250.0.2/24 dev eth0
                ip addr add %s/24 dev eth0
                ip link set eth0 up
                ip route add local 10.96.0.0/12 dev lo
                ip route add local 10.244.0.0/14 dev lo
                """.formatted(server.name(), ClusterObjects.NODE_ADDRESS));
        Namespaces.run(server, "", "sh", "-ec", "ip addr add " + SERVER_ADDRESS + "/24 dev eth0; ip link set eth0 up");
    }

    NetworkNamespace node() {
        return node;
    }

    /** Removes the link; the kernel removes the namespace itself later. */
    @Override
    public void close() {
        try {
            Namespaces.run(server, "", "ip", "link", "delete", "eth0");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            namespaces.close();
        }
    }
}
