package io.pointsman.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpServersTest {
    private static final int TIMEOUT_MILLIS = 30_000;
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final HttpServers servers = new HttpServers();

    @AfterEach
    void closeAll() {
        servers.close();
    }

    @Test
    void shouldSendHeadersAloneWhenAskedForTheHead() throws IOException {
        final Listener listener = servers.open(ANY_PORT, request -> Reply.text(200, "path " + request.path()));

        assertThat(exchange(listener, "HEAD /a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("content-length: 7")
                .endsWith("\r\n\r\n");
        assertThat(exchange(listener, "GET /a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .endsWith("\r\n\r\npath /a");
    }

    @Test
    void shouldRefuseWhenTheRequestIsNotAPlainQuestion() throws IOException {
        final Listener listener = servers.open(ANY_PORT, _ -> Reply.text(200, "ok"));

        assertThat(exchange(listener, "POST / HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 405 ");
        assertThat(exchange(listener, "nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
        assertThat(exchange(listener, "GET /" + "x".repeat(10_000) + " HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(exchange(listener, "GET / HTTP/1.1\r\nContent-Length: 20000\r\n\r\n" + "x".repeat(20_000)))
                .startsWith("HTTP/1.1 413 ");
    }

    @Test
    void shouldAnswerTheNextRequestWhenAResponderThrows() throws IOException {
        final Listener listener = servers.open(ANY_PORT, request -> {
            if (request.path().equals("/bad")) {
                throw new IllegalStateException("on purpose");
            }
            return Reply.text(200, "good");
        });

        assertThat(
                        exchange(
                                listener,
                                "GET /bad HTTP/1.1\r\nHost: x\r\n\r\nGET /good HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 500 ")
                .endsWith("good");
    }

    @Test
    void shouldServeOthersWhenManyClientsStandStill() throws IOException {
        final Listener listener = servers.open(ANY_PORT, _ -> Reply.text(200, "ok"));
        final Socket[] idle = new Socket[100];
        try {
            for (int i = 0; i < idle.length; i++) {
                idle[i] = connect(listener);
                idle[i].getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
            }

            assertThat(exchange(listener, "GET / HTTP/1.0\r\n\r\n")).endsWith("ok");
        } finally {
            for (Socket socket : idle) {
                if (socket != null) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void shouldNameTheAddressWhenItIsTaken() throws IOException {
        final Listener listener = servers.open(ANY_PORT, _ -> Reply.text(200, "ok"));

        assertThatThrownBy(() -> servers.open(listener.address(), _ -> Reply.text(200, "ok")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:" + listener.address().getPort());

        listener.close();
        reopen(listener.address());
    }

    /** A closed listener's socket goes when its event loop next looks at its selector, shortly after {@code close}. */
    private void reopen(InetSocketAddress address) throws IOException {
        final long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS);
        while (true) {
            try {
                servers.open(address, _ -> Reply.text(200, "ok")).close();
                return;
            } catch (IOException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    private static Socket connect(Listener listener) throws IOException {
        final Socket socket = new Socket();
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(listener.address(), TIMEOUT_MILLIS);
        return socket;
    }

    private static String exchange(Listener listener, String request) throws IOException {
        try (Socket socket = connect(listener)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
