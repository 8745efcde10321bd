package io.pointsman.bench.xdp;

import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.linux.bpf.Assembler;
import io.pointsman.linux.bpf.BpfProgram;
import io.pointsman.linux.bpf.Register;
import io.pointsman.linux.bpf.XdpLink;
import io.pointsman.linux.bpf.XdpMode;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.route.RouteNetlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A generator, a forwarding node and a sink, in a row of network namespaces. The sink counts and drops what reaches it.
 * If there are two cores, the generator's work is done on one and the node's on the other.
 */
final class Road implements AutoCloseable {
    static final String IN = "in";
    static final String OUT = "out";
    static final String VIP = "10.96.0.10";
    static final int PORT = 53;
    static final String ENDPOINT = "10.2.0.2";
    static final int ENDPOINT_PORT = 8080;

    final NetworkNamespace client;
    final NetworkNamespace node;
    final NetworkNamespace sink;
    final String hardwareAddress;
    final int clientLink;

    Road(String name, Namespaces namespaces) throws IOException {
        client = namespaces.make(name + "-client");
        node = namespaces.make(name + "-node");
        sink = namespaces.make(name + "-sink");
        Namespaces.run(node, "", "sh", "-ec", """
                ip link add in type veth peer name eth0 netns %s
                ip link add out type veth peer name eth0 netns %s
                ip addr add 10.1.0.1/24 dev in
                ip addr add 10.2.0.1/24 dev out
                ip link set in up
                ip link set out up
                echo 1 > /proc/sys/net/ipv4/ip_forward
                """.formatted(client.name(), sink.name()));
        Namespaces.run(
                client,
                "",
                "sh",
                "-ec",
                "ip addr add 10.1.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.1.0.1");
        Namespaces.run(
                sink,
                "",
                "sh",
                "-ec",
                "ip addr add 10.2.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.2.0.1");
        Namespaces.run(
                sink,
                "table netdev sink { chain in { type filter hook ingress device eth0 priority 0;"
                        + " ip protocol udp drop; }; }",
                "nft",
                "-f",
                "-");
        hardwareAddress = node.call(() -> {
            try (RouteNetlink netlink = RouteNetlink.open()) {
                return netlink.link(IN).orElseThrow().hardwareAddress().orElseThrow();
            }
        });
        clientLink = client.call(() -> {
            try (RouteNetlink netlink = RouteNetlink.open()) {
                return netlink.linkIndex("eth0");
            }
        });
    }

    /** Returns the number of frames that have reached the sink so far. */
    long received() throws IOException {
        final String counts = sink.call(() -> Files.readString(Path.of("/proc/thread-self/net/dev")));
        return counts.lines()
                .map(String::strip)
                .filter(line -> line.startsWith("eth0:"))
                .mapToLong(line -> Long.parseLong(line.substring(5).strip().split(" +", -1)[1]))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Attaches a program that passes everything to the node's interfaces: without one, the kernel refuses the generator's
     * frames, which have no socket.
     */
    AutoCloseable passFrames() throws IOException {
        return node.call(() -> {
            try (RouteNetlink netlink = RouteNetlink.open();
                    BpfProgram pass = BpfProgram.load(
                            "pmb_pass",
                            new Assembler().move(Register.R0, 2).exit().assemble())) {
                final XdpLink in = pass.attach(netlink.linkIndex(IN), XdpMode.NATIVE);
                final XdpLink out = pass.attach(netlink.linkIndex(OUT), XdpMode.NATIVE);
                return () -> {
                    in.close();
                    out.close();
                };
            }
        });
    }

    @Override
    public void close() throws IOException {
        for (NetworkNamespace namespace : new NetworkNamespace[] {client, node, sink}) {
            namespace.delete();
        }
    }
}
