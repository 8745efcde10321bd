package io.pointsman.bench.kernel;

import io.pointsman.linux.netns.NamespaceThread;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A client, a forwarding node, and a server with the endpoints' addresses, each in a network namespace, linked in a row. */
public final class Node implements AutoCloseable {
    private static final int CONNECT_MILLIS = 5000;
    private static final int DATAGRAM_BYTES = 64;
    private static final int BURST = 100; // fewer than the sink's buffer holds
    private static final InetSocketAddress CLIENT = new InetSocketAddress("10.200.0.2", 0);

    public static final List<IpAddress> ENDPOINTS = List.of(
            IpAddress.parse("10.99.0.1"),
            IpAddress.parse("10.99.0.2"),
            IpAddress.parse("10.99.0.3"),
            IpAddress.parse("10.99.0.4"),
            IpAddress.parse("10.99.0.5"));

    private final String name;
    private final NetworkNamespace node;
    private final NamespaceThread client;
    private final ServerSocket listener;
    private final DatagramChannel sink;
    private final List<Double> medians = new ArrayList<>();

    public Node(String name, Namespaces namespaces) throws IOException {
        this.name = name;
        final NetworkNamespace outside = namespaces.make(name + "-client");
        node = namespaces.make(name + "-node");
        final NetworkNamespace server = namespaces.make(name + "-server");
        Namespaces.run(node, "", "sh", "-ec", """
                ip link add tc type veth peer name eth0 netns %s
                ip link add ts type veth peer name eth0 netns %s
                ip addr add 10.200.0.1/24 dev tc
                ip addr add 10.201.0.1/24 dev ts
                ip link set tc up
                ip link set ts up
                ip route add 10.99.0.0/24 via 10.201.0.2
                echo 1 > /proc/sys/net/ipv4/ip_forward
                """.formatted(outside.name(), server.name()));
        Namespaces.run(
                outside,
                "",
                "sh",
                "-ec",
                "ip addr add 10.200.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.200.0.1");
        Namespaces.run(
                server,
                "",
                "sh",
                "-ec",
                "ip addr add 10.201.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.201.0.1;"
                        + " for i in 1 2 3 4 5; do ip addr add 10.99.0.$i/32 dev lo; done");
        listener = server.call(() -> new ServerSocket(Services.TARGET_PORT, 1000));
        sink = server.call(() -> DatagramChannel.open()
                .bind(new InetSocketAddress(ENDPOINTS.getFirst().toInetAddress(), Services.TARGET_PORT)));
        sink.configureBlocking(false);
        Thread.ofPlatform().daemon().name("server-" + name).start(this::accept);
        client = outside.openThread("client-" + name);
    }

    public NetworkNamespace namespace() {
        return node;
    }

    public String name() {
        return name;
    }

    private void accept() {
        try {
            while (true) {
                listener.accept().close();
            }
        } catch (SocketException _) {
            listener.isClosed(); // closed, which is the normal end
        } catch (IOException e) {
            throw new IllegalStateException("the server of " + name + " failed", e);
        }
    }

    /** Opens connections to random services among the first ones, and records the median time. */
    public void round(int services, int connections, Random random) throws IOException {
        medians.add(client.call(() -> {
            final List<Double> micros = new ArrayList<>(connections);
            for (int i = 0; i < connections; i++) {
                micros.add(connect(new InetSocketAddress(
                        Services.vip(random.nextInt(services)).toInetAddress(), Services.PORT)));
            }
            return Spread.of(micros).median();
        }));
    }

    private static double connect(InetSocketAddress vip) throws IOException {
        try (Socket socket = new Socket()) {
            socket.bind(CLIENT); // fails outside the client's namespace, before anything is sent
            socket.setSoLinger(true, 0); // ends with a reset: no TIME_WAIT that slows the next
            final long startNanos = System.nanoTime();
            socket.connect(vip, CONNECT_MILLIS);
            return (System.nanoTime() - startNanos) / 1e3;
        }
    }

    /**
     * Sends datagrams of an established flow to a VIP with one endpoint, and records the processor time of the sending
     * thread for each, in nanoseconds. Over veths, that thread also carries the datagram through node and server.
     */
    public void stream(InetSocketAddress vip, int datagrams) throws IOException {
        medians.add(client.call(() -> {
            try (DatagramChannel channel = DatagramChannel.open()) {
                channel.bind(CLIENT).connect(vip);
                establish(channel);
                final var threads = ManagementFactory.getThreadMXBean();
                final ByteBuffer datagram = ByteBuffer.allocateDirect(DATAGRAM_BYTES);
                long nanos = 0;
                for (int sent = 0; sent < datagrams; sent += BURST) {
                    final long beforeNanos = threads.getCurrentThreadCpuTime();
                    for (int i = 0; i < BURST; i++) {
                        channel.write(datagram.clear());
                    }
                    nanos += threads.getCurrentThreadCpuTime() - beforeNanos;
                    requireArrived(BURST);
                }
                return (double) nanos / datagrams;
            }
        }));
    }

    private void establish(DatagramChannel channel) throws IOException {
        final ByteBuffer datagram = ByteBuffer.allocate(DATAGRAM_BYTES);
        channel.write(datagram);
        final SocketAddress from = sink.receive(datagram.clear());
        if (from == null) {
            throw new IOException("no datagram reached the endpoint of " + name);
        }
        sink.send(datagram.flip(), from);
        channel.read(datagram.clear());
    }

    private void requireArrived(int datagrams) throws IOException {
        final ByteBuffer datagram = ByteBuffer.allocate(DATAGRAM_BYTES);
        int arrived = 0;
        while (sink.receive(datagram.clear()) != null) {
            arrived++;
        }
        if (arrived < datagrams / 2) {
            throw new IOException(arrived + " of " + datagrams + " datagrams reached the endpoint of " + name);
        }
    }

    /** Returns the medians of the rounds: microseconds for connections, nanoseconds for datagrams. */
    public Spread times() {
        return Spread.of(medians);
    }

    /** Returns the ratios to another node's medians, round by round. */
    public Spread timesLongerThan(Node other) {
        final List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < medians.size(); i++) {
            ratios.add(medians.get(i) / other.medians.get(i));
        }
        return Spread.of(ratios);
    }

    public void forgetRounds() {
        medians.clear();
    }

    @Override
    public void close() {
        client.close();
        try {
            listener.close();
            sink.close();
        } catch (IOException e) {
            throw new IllegalStateException("the sockets of " + name + " can't be closed", e);
        }
    }
}
