package io.pointsman.examples.packetagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real clients and servers in network namespaces of their own, with the agent on the node between them. */
class PacketAgentTest {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int BYTES = 8 << 20;
    private static final int PORT = 8080;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private Topology topology;

    @BeforeEach
    void makeTopology() throws IOException {
        try {
            topology = new Topology();
        } catch (IOException e) {
            System.err.println("skipped: no network namespace can be made here: " + e.getMessage());
            Assumptions.abort("no network namespace can be made here: " + e.getMessage());
        }
    }

    @AfterEach
    void removeTopology() throws IOException, InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(PATIENCE_MILLIS, TimeUnit.MILLISECONDS))
                .isTrue();
        if (topology != null) {
            topology.close();
        }
    }

    private PacketAgent start(String... services) throws IOException {
        final List<VirtualService> parsed =
                List.of(services).stream().map(VirtualService::parse).toList();
        return topology.node.call(() ->
                PacketAgent.start(new PacketAgent.Settings(List.of("toclient", "toserver"), parsed, 1 << 12, false)));
    }

    @ParameterizedTest
    @CsvSource({"10.96.0.10, 10.1.0.2, 10.2.0.2", "fd00:96::10, fd00:1::2, fd00:2::2"})
    void shouldCarryTcpBothWaysAndKeepTheClientsAddress(String vip, String client, String endpoint) throws Exception {
        try (ServerSocket server = server(endpoint);
                PacketAgent agent = start("tcp/" + end(vip, 80) + "=" + end(endpoint, PORT));
                Socket socket = socket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(vip), 80), PATIENCE_MILLIS);
            final byte[] sent = new byte[BYTES];
            new Random(7).nextBytes(sent);
            try (Socket accepted = server.accept()) {
                assertThat(accepted.getInetAddress()).isEqualTo(InetAddress.ofLiteral(client));
                accepted.setSoTimeout(PATIENCE_MILLIS);
                final Future<byte[]> echo = threads.submit(() -> {
                    final byte[] received = accepted.getInputStream().readNBytes(BYTES);
                    accepted.getOutputStream().write(received);
                    return received;
                });
                socket.getOutputStream().write(sent);
                assertThat(socket.getInputStream().readNBytes(BYTES)).isEqualTo(sent);
                assertThat(echo.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo(sent);
            }
            assertThat(agent.forwarded()).isGreaterThan(2L * BYTES / 1500);
        }
    }

    @ParameterizedTest
    @CsvSource({"10.96.0.10, 10.1.0.2, 10.2.0.2", "fd00:96::10, fd00:1::2, fd00:2::2"})
    void shouldCarryDatagramsOfManyClientsAndAnswersBack(String vip, String client, String endpoint) throws Exception {
        try (DatagramSocket server = in(
                        topology.server,
                        () -> new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(endpoint), PORT)));
                PacketAgent _ = start("udp/" + end(vip, 53) + "=" + end(endpoint, PORT))) {
            server.setSoTimeout(PATIENCE_MILLIS);
            for (int i = 0; i < 100; i++) {
                try (DatagramSocket socket = in(topology.client, () -> new DatagramSocket())) {
                    socket.setSoTimeout(PATIENCE_MILLIS);
                    socket.connect(InetAddress.ofLiteral(vip), 53);
                    final byte[] question = {(byte) i, 1, 2};
                    socket.send(new DatagramPacket(question, question.length));
                    final DatagramPacket seen = new DatagramPacket(new byte[8], 8);
                    server.receive(seen);
                    assertThat(seen.getAddress()).isEqualTo(InetAddress.ofLiteral(client));
                    assertThat(seen.getPort()).isEqualTo(socket.getLocalPort());
                    server.send(new DatagramPacket(seen.getData(), seen.getLength(), seen.getSocketAddress()));
                    final DatagramPacket answer = new DatagramPacket(new byte[8], 8);
                    socket.receive(answer);
                    assertThat(answer.getData()).startsWith(question);
                    assertThat(answer.getLength()).isEqualTo(question.length);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"10.96.0.10, 10.2.0.2", "fd00:96::10, fd00:2::2"})
    void shouldCarryFragmentsBothWays(String vip, String endpoint) throws Exception {
        try (DatagramSocket server = in(
                        topology.server,
                        () -> new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(endpoint), PORT)));
                PacketAgent _ = start("udp/" + end(vip, 53) + "=" + end(endpoint, PORT));
                DatagramSocket client = in(topology.client, () -> new DatagramSocket())) {
            server.setSoTimeout(PATIENCE_MILLIS);
            client.setSoTimeout(PATIENCE_MILLIS);
            client.connect(InetAddress.ofLiteral(vip), 53);
            exchange(client, server, 5000);
        }
    }

    private static void exchange(DatagramSocket client, DatagramSocket server, int bytes) throws IOException {
        final byte[] sent = new byte[bytes];
        new Random(bytes).nextBytes(sent);
        client.send(new DatagramPacket(sent, bytes));
        final DatagramPacket seen = new DatagramPacket(new byte[bytes], bytes);
        server.receive(seen);
        assertThat(seen.getData()).isEqualTo(sent);
        server.send(seen);
        final DatagramPacket answer = new DatagramPacket(new byte[bytes], bytes);
        client.receive(answer);
        assertThat(answer.getData()).isEqualTo(sent);
    }

    @ParameterizedTest
    @CsvSource({"10.96.0.10, 10.2.0.2", "fd00:96::10, fd00:2::2"})
    void shouldTellTheClientOfErrorsAboutItsPackets(String vip, String endpoint) throws Exception {
        try (PacketAgent _ = start("udp/" + end(vip, 53) + "=" + end(endpoint, PORT));
                DatagramSocket client = in(topology.client, () -> new DatagramSocket())) {
            client.setSoTimeout(PATIENCE_MILLIS);
            client.connect(InetAddress.ofLiteral(vip), 53);
            client.send(new DatagramPacket(new byte[1], 1)); // to a port without a listener
            assertThatThrownBy(() -> client.receive(new DatagramPacket(new byte[1], 1)))
                    .isInstanceOf(PortUnreachableException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"10.96.0.10, 10.2.0.2", "fd00:96::10, fd00:2::2"})
    void shouldLeaveTheRestToTheKernelAndRejectWhatHasNoEndpoints(String vip, String endpoint) throws Exception {
        try (ServerSocket server = server(endpoint)) {
            try (PacketAgent agent = start("tcp/" + end(vip, 80) + "=")) {
                connect(server, endpoint);
                assertThat(agent.forwarded()).isZero();
                assertThatThrownBy(() -> {
                            try (Socket socket = socket()) {
                                socket.connect(new InetSocketAddress(InetAddress.ofLiteral(vip), 80), PATIENCE_MILLIS);
                            }
                        })
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContaining("refused");
            }
            connect(server, endpoint);
        }
    }

    private void connect(ServerSocket server, String endpoint) throws IOException {
        try (Socket socket = socket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(endpoint), PORT), PATIENCE_MILLIS);
            server.accept().close();
        }
    }

    private ServerSocket server(String address) throws IOException {
        final ServerSocket server =
                in(topology.server, ServerSocketChannel::open).socket();
        server.setSoTimeout(PATIENCE_MILLIS);
        server.bind(new InetSocketAddress(InetAddress.ofLiteral(address), PORT));
        return server;
    }

    private Socket socket() throws IOException {
        return in(topology.client, SocketChannel::open).socket();
    }

    /** Runs a task in a namespace: a channel creates its socket at once, in the namespace of the calling thread. */
    private static <T> T in(NetworkNamespace namespace, NetworkNamespace.Task<T, IOException> task) throws IOException {
        return namespace.call(task);
    }

    private static String end(String address, int port) {
        return address.indexOf(':') < 0 ? address + ":" + port : "[" + address + "]:" + port;
    }
}
