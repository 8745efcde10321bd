package io.pointsman.linux.localhost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LocalhostForwarderTest {
    private static final int PATIENCE_MILLIS = 30_000;
    /** Endpoints at which no process listens. */
    private static final List<String> DEAD = List.of("127.0.0.3:9", "127.0.0.4:9");

    private final ConcurrentLinkedQueue<String> warnings = new ConcurrentLinkedQueue<>();
    private LocalhostForwarder forwarder = forwarder(StaleTcp.KEEP, ForwarderLimits.DEFAULT);

    private LocalhostForwarder forwarder(StaleTcp stale, ForwarderLimits limits) {
        return new LocalhostForwarder(Whereabouts.here(), stale, limits, warnings::add);
    }

    @AfterEach
    void close() {
        forwarder.close();
    }

    /** A connection, and the name of the endpoint that replied. */
    private record Connection(Socket socket, BufferedReader reader, String name) implements AutoCloseable {
        static Connection to(String address, int port) throws IOException {
            final Socket socket = new Socket();
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress(IpAddress.parse(address).toInetAddress(), port), PATIENCE_MILLIS);
            final BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            return new Connection(socket, reader, String.valueOf(reader.readLine()));
        }

        String ask(String line) throws IOException {
            socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            return String.valueOf(reader.readLine());
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static String ask(DatagramSocket socket, int port, String text) throws IOException {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.send(new DatagramPacket(
                bytes, bytes.length, IpAddress.parse("127.0.0.1").toInetAddress(), port));
        final DatagramPacket answer = new DatagramPacket(new byte[1 << 16], 1 << 16);
        socket.receive(answer);
        assertThat(answer.getPort()).isEqualTo(port);
        return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldForwardBothWaysAndPassTheEndOn(IpFamily family) throws Exception {
        final int port = LoopbackPlans.freePort();
        final String loopback = family == IpFamily.IPV4 ? "127.0.0.1" : "::1";
        try (Answerer endpoint = Answerer.at(loopback, "a")) {
            forwarder.replace(LoopbackPlans.plan(
                    1, LoopbackPlans.rule(Frontend.nodePort(Protocol.TCP, family, port), endpoint.address())));

            assertThat(forwarder.problems()).isEmpty();
            try (Connection connection = Connection.to(loopback, port)) {
                assertThat(connection.name()).isEqualTo("a");
                assertThat(connection.ask("hello")).isEqualTo("hello");
                connection.socket().shutdownOutput();
                assertThat(connection.reader().readLine()).isNull();
            }
        }
    }

    @Test
    void shouldKeepEveryByteWhenTheReaderIsSlow() throws Exception {
        final int port = LoopbackPlans.freePort();
        final byte[] sent = new byte[8 << 20];
        new Random(1).nextBytes(sent);
        try (Answerer endpoint = Answerer.at("127.0.0.1", "")) {
            forwarder.replace(LoopbackPlans.plan(1, LoopbackPlans.rule(LoopbackPlans.tcp(port), endpoint.address())));
            try (Socket socket = new Socket(IpAddress.parse("127.0.0.1").toInetAddress(), port)) {
                socket.setSoTimeout(PATIENCE_MILLIS);
                assertThat(socket.getInputStream().read()).isEqualTo('\n');
                final FutureTask<Boolean> writing = new FutureTask<>(() -> {
                    socket.getOutputStream().write(sent);
                    socket.shutdownOutput();
                    return true;
                });
                Thread.ofPlatform().start(writing);
                Thread.sleep(200); // until all buffers on the way are full

                assertThat(socket.getInputStream().readAllBytes()).isEqualTo(sent);
                assertThat(writing.get()).isTrue();
            }
        }
    }

    @Test
    void shouldTryAnotherEndpointWhenOneRefuses() throws Exception {
        final int port = LoopbackPlans.freePort();
        try (Answerer endpoint = Answerer.at("127.0.0.1", "a")) {
            forwarder.replace(LoopbackPlans.plan(
                    1,
                    LoopbackPlans.rule(LoopbackPlans.tcp(port), DEAD.get(0), DEAD.get(1), endpoint.address()),
                    LoopbackPlans.rule(LoopbackPlans.udp(port), DEAD.get(0), DEAD.get(1), endpoint.address())));
            for (int i = 0; i < 10; i++) {
                try (Connection connection = Connection.to("127.0.0.1", port);
                        DatagramSocket socket = new DatagramSocket()) {
                    assertThat(connection.name()).isEqualTo("a");
                    assertThat(ask(socket, port, "x")).isEqualTo("a x");
                }
            }
        }
    }

    @Test
    void shouldResetAClientWhenNoEndpointAccepts() throws Exception {
        final int port = LoopbackPlans.freePort();
        forwarder.replace(LoopbackPlans.plan(
                1, LoopbackPlans.rule(LoopbackPlans.tcp(port), DEAD.get(0), DEAD.get(1), "127.0.0.1:" + port)));

        assertThatThrownBy(() -> Connection.to("127.0.0.1", port)).isInstanceOf(SocketException.class);
    }

    @Test
    void shouldRefuseWhenAPortHasNobodyToForwardTo() throws Exception {
        final int port = LoopbackPlans.freePort();
        forwarder.replace(LoopbackPlans.plan(
                1, LoopbackPlans.rule(LoopbackPlans.tcp(port)), LoopbackPlans.rule(LoopbackPlans.udp(port))));

        assertThatThrownBy(() -> Connection.to("127.0.0.1", port)).isInstanceOf(ConnectException.class);
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(IpAddress.parse("127.0.0.1").toInetAddress(), port);
            assertThatThrownBy(() -> ask(socket, port, "x")).isInstanceOf(PortUnreachableException.class);
        }
    }

    @Test
    void shouldLetOpenConnectionsGoOnWhenTheirPortGoes() throws Exception {
        final int port = LoopbackPlans.freePort();
        try (Answerer endpoint = Answerer.at("127.0.0.1", "a")) {
            final Rule rule = LoopbackPlans.rule(LoopbackPlans.tcp(port), endpoint.address());
            forwarder.replace(LoopbackPlans.plan(1, rule));
            try (Connection connection = Connection.to("127.0.0.1", port)) {
                forwarder.replace(LoopbackPlans.plan(2));

                assertThat(connection.ask("still")).isEqualTo("still");
                assertThatThrownBy(() -> Connection.to("127.0.0.1", port)).isInstanceOf(ConnectException.class);

                forwarder.replace(LoopbackPlans.plan(3, rule));
                assertThat(forwarder.problems()).isEmpty();
                try (Connection next = Connection.to("127.0.0.1", port)) {
                    assertThat(next.name()).isEqualTo("a");
                }
                assertThat(connection.ask("still")).isEqualTo("still");
            }
        }
    }

    @Test
    void shouldCutConnectionsToEndpointsThatHaveGoneWhenAskedTo() throws Exception {
        forwarder = forwarder(StaleTcp.CUT, ForwarderLimits.DEFAULT);
        final int port = LoopbackPlans.freePort();
        try (Answerer a = Answerer.at("127.0.0.1", "a");
                Answerer b = Answerer.at("127.0.0.1", "b")) {
            forwarder.replace(LoopbackPlans.plan(1, LoopbackPlans.rule(LoopbackPlans.tcp(port), a.address())));
            try (Connection first = Connection.to("127.0.0.1", port)) {
                forwarder.replace(
                        LoopbackPlans.plan(2, LoopbackPlans.rule(LoopbackPlans.tcp(port), a.address(), b.address())));
                assertThat(first.ask("still")).isEqualTo("still");

                forwarder.replace(LoopbackPlans.plan(3, LoopbackPlans.rule(LoopbackPlans.tcp(port), b.address())));

                assertThatThrownBy(() -> first.reader().readLine()).isInstanceOf(SocketException.class);
            }
        }
    }

    @Test
    void shouldLeadAUdpSessionElsewhereWhenItsEndpointHasGone() throws Exception {
        final int port = LoopbackPlans.freePort();
        try (Answerer a = Answerer.at("127.0.0.1", "a");
                Answerer b = Answerer.at("127.0.0.1", "b");
                DatagramSocket socket = new DatagramSocket()) {
            forwarder.replace(LoopbackPlans.plan(1, LoopbackPlans.rule(LoopbackPlans.udp(port), a.address())));
            assertThat(ask(socket, port, "1")).isEqualTo("a 1");
            forwarder.replace(
                    LoopbackPlans.plan(2, LoopbackPlans.rule(LoopbackPlans.udp(port), a.address(), b.address())));
            for (int i = 0; i < 10; i++) {
                assertThat(ask(socket, port, "2")).isEqualTo("a 2");
            }
            forwarder.replace(LoopbackPlans.plan(3, LoopbackPlans.rule(LoopbackPlans.udp(port), b.address())));

            assertThat(ask(socket, port, "3")).isEqualTo("b 3");
        }
    }

    @Test
    void shouldReportAPortThatSomebodyHasAndServeItOnceItIsFree() throws Exception {
        final int port = LoopbackPlans.freePort();
        final int other = LoopbackPlans.freePort();
        try (Answerer endpoint = Answerer.at("127.0.0.1", "a")) {
            final Rule taken = LoopbackPlans.rule(LoopbackPlans.tcp(port), endpoint.address());
            final Rule free = LoopbackPlans.rule(LoopbackPlans.tcp(other), endpoint.address());
            try (ServerSocket somebody = new ServerSocket()) {
                somebody.bind(new InetSocketAddress(IpAddress.parse("127.0.0.1").toInetAddress(), port));
                forwarder.replace(LoopbackPlans.plan(1, taken, free));

                assertThat(forwarder.problems()).containsOnlyKeys(LoopbackPlans.tcp(port));
                assertThat(forwarder.problems().get(LoopbackPlans.tcp(port)))
                        .contains("not served on 127.0.0.1: its port " + port, "Address already in use");
                try (Connection connection = Connection.to("127.0.0.1", other)) {
                    assertThat(connection.name()).isEqualTo("a");
                }
            }
            forwarder.replace(LoopbackPlans.plan(2, taken, free));

            assertThat(forwarder.problems()).isEmpty();
            try (Connection connection = Connection.to("127.0.0.1", port)) {
                assertThat(connection.name()).isEqualTo("a");
            }
        }
    }

    @Test
    void shouldSayThatSctpIsNotForwarded() throws Exception {
        final Frontend sctp = Frontend.nodePort(Protocol.SCTP, IpFamily.IPV4, LoopbackPlans.freePort());
        forwarder.replace(LoopbackPlans.plan(1, LoopbackPlans.rule(sctp, "127.0.0.2:9")));

        assertThat(forwarder.problems().get(sctp)).contains("SCTP is not forwarded");
    }

    @Test
    void shouldRefuseMoreConnectionsAndSessionsThanItsLimits() throws Exception {
        final ForwarderLimits all = ForwarderLimits.DEFAULT;
        forwarder = forwarder(
                StaleTcp.KEEP,
                new ForwarderLimits(1, 1, all.dial(), all.tcpIdle(), all.halfClosedIdle(), all.udpIdle()));
        final int port = LoopbackPlans.freePort();
        try (Answerer endpoint = Answerer.at("127.0.0.1", "a")) {
            forwarder.replace(LoopbackPlans.plan(
                    1,
                    LoopbackPlans.rule(LoopbackPlans.tcp(port), endpoint.address()),
                    LoopbackPlans.rule(LoopbackPlans.udp(port), endpoint.address())));
            try (Connection first = Connection.to("127.0.0.1", port);
                    DatagramSocket one = new DatagramSocket();
                    DatagramSocket two = new DatagramSocket()) {
                assertThatThrownBy(() -> Connection.to("127.0.0.1", port)).isInstanceOf(SocketException.class);
                assertThat(first.ask("still")).isEqualTo("still");
                assertThat(ask(one, port, "x")).isEqualTo("a x");
                final byte[] dropped = {1};
                two.send(new DatagramPacket(
                        dropped, 1, IpAddress.parse("127.0.0.1").toInetAddress(), port));
                assertThat(ask(one, port, "y")).isEqualTo("a y"); // behind the other in the same socket
                two.setSoTimeout(200);
                assertThatThrownBy(() -> two.receive(new DatagramPacket(new byte[9], 9)))
                        .isInstanceOf(IOException.class);
            }
            assertThat(warnings).singleElement().asString().contains("is refused: there are 1 at loopback");
        }
    }

    @Test
    void shouldEndWhatIsIdle() throws Exception {
        forwarder = forwarder(
                StaleTcp.KEEP,
                new ForwarderLimits(
                        10, 10, Duration.ofSeconds(30), Duration.ofNanos(1), Duration.ofNanos(1), Duration.ofNanos(1)));
        final int port = LoopbackPlans.freePort();
        try (Answerer endpoint = Answerer.at("127.0.0.1", "a")) {
            forwarder.replace(LoopbackPlans.plan(1, LoopbackPlans.rule(LoopbackPlans.tcp(port), endpoint.address())));
            assertThatThrownBy(() -> {
                        try (Connection connection = Connection.to("127.0.0.1", port)) {
                            connection.reader().readLine();
                        }
                    })
                    .isInstanceOf(SocketException.class);
        }
    }

    @Test
    void shouldChooseAmongAllEndpointsButKeepToOneWhereClientsAreBound() throws Exception {
        final int free = LoopbackPlans.freePort();
        final int bound = LoopbackPlans.freePort();
        try (Answerer a = Answerer.at("127.0.0.1", "a");
                Answerer b = Answerer.at("127.0.0.1", "b")) {
            forwarder.replace(LoopbackPlans.plan(
                    1,
                    LoopbackPlans.rule(LoopbackPlans.tcp(free), a.address(), b.address()),
                    LoopbackPlans.builder(LoopbackPlans.tcp(bound), a.address(), b.address())
                            .affinity(Optional.of(Duration.ofHours(3)))
                            .build()));

            assertThat(names(free)).containsExactlyInAnyOrder("a", "b");
            assertThat(names(bound)).hasSize(1);
        }
    }

    private static Set<String> names(int port) throws IOException {
        final Set<String> names = new HashSet<>();
        for (int i = 0; i < 64; i++) {
            try (Connection connection = Connection.to("127.0.0.1", port)) {
                names.add(connection.name());
            }
        }
        return names;
    }
}
