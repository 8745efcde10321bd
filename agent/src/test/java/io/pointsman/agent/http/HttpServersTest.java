package io.pointsman.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
    void shouldAnswerAnyMethodAsGet() throws IOException {
        final Listener listener = servers.open(ANY_PORT, request -> Reply.text(200, "path " + request.path()));

        for (String method : List.of("OPTIONS", "POST", "DELETE", "TRACE", "PROPFIND")) {
            assertThat(exchange(listener, method + " /a HTTP/1.0\r\n\r\n"))
                    .as(method)
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .endsWith("\r\n\r\npath /a");
        }
        assertThat(exchange(listener, "OPTIONS * HTTP/1.0\r\n\r\n")).endsWith("path *");
    }

    @Test
    void shouldTakeTheTargetInItsAbsoluteForm() throws IOException {
        final Listener listener = servers.open(
                ANY_PORT,
                request ->
                        Reply.text(200, request.path() + " of " + request.host().orElse("nobody")));

        assertThat(exchange(listener, "GET http://x:80/healthz?a=b HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n"))
                .endsWith("/healthz of x:80");
        assertThat(exchange(listener, "GET HTTP://x HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n"))
                .endsWith("/ of x");
        assertThat(exchange(listener, "GET /%6Civez HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n"))
                .endsWith("/livez of y");
        assertThat(exchange(listener, "GET / HTTP/1.0\r\n\r\n")).endsWith("/ of nobody");
    }

    @Test
    void shouldHandOnTheQueryDecoded() throws IOException {
        final Listener listener =
                servers.open(ANY_PORT, request -> Reply.text(200, String.valueOf(new TreeMap<>(request.parameters()))));

        assertThat(exchange(listener, "GET /a?x=1%2B&y=%3Cb%3E+c&x=2 HTTP/1.0\r\n\r\n"))
                .endsWith("{x=2, y=<b> c}");
        assertThat(exchange(listener, "GET http://h/a?x=y#z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
                .endsWith("{x=y}");
        assertThat(exchange(listener, "GET /a?x=%zz HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void shouldAnswerOthersWhileAnotherThreadMakesAReply() throws Exception {
        final CompletableFuture<Reply> later = new CompletableFuture<>();
        final Listener listener = servers.open(
                ANY_PORT, request -> request.path().equals("/later") ? new Deferred(later) : Reply.text(200, "now"));
        try (Socket waiting =
                new Socket(listener.address().getAddress(), listener.address().getPort())) {
            waiting.setSoTimeout(TIMEOUT_MILLIS);
            waiting.getOutputStream().write("GET /later HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(exchange(listener, "GET / HTTP/1.0\r\n\r\n")).endsWith("now");
            later.complete(Reply.text(200, "then"));
            assertThat(new String(waiting.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .endsWith("then");
        }
        final Listener failing = servers.open(
                ANY_PORT, _ -> new Deferred(CompletableFuture.failedFuture(new IllegalStateException("on purpose"))));
        assertThat(exchange(failing, "GET / HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 500 ");
    }

    @Test
    void shouldRefuseWhenTheRequestIsNotAPlainQuestion() throws IOException {
        final Listener listener = servers.open(ANY_PORT, _ -> Reply.text(200, "ok"));

        assertThat(exchange(listener, "nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
        assertThat(exchange(listener, "GET /%zz HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 400 ");
        assertThat(exchange(listener, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(exchange(listener, "GET /" + "x".repeat(10_000) + " HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(exchange(listener, "GET / HTTP/1.1\r\n" + "a:b\r\n".repeat(1000) + "\r\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(exchange(listener, "GET / HTTP/1.1\r\nContent-Length: 20000\r\n\r\n" + "x".repeat(20_000)))
                .startsWith("HTTP/1.1 413 ");
        assertThat(exchange(listener, "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void shouldNotTakeMoreRequestsWhileTheClientReadsNoAnswer() throws IOException {
        final AtomicInteger asked = new AtomicInteger();
        final String page = "x".repeat(16_384);
        final Listener listener = servers.open(ANY_PORT, _ -> {
            asked.incrementAndGet();
            return Reply.text(200, page);
        });
        final Listener other = servers.open(ANY_PORT, _ -> Reply.text(200, "ok"));
        try (Socket deaf = new Socket()) {
            deaf.setReceiveBufferSize(8192);
            deaf.connect(listener.address(), TIMEOUT_MILLIS);
            deaf.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3000).getBytes(StandardCharsets.US_ASCII));

            for (int i = 0; i < 100; i++) {
                assertThat(exchange(other, "GET / HTTP/1.0\r\n\r\n")).endsWith("ok");
            }
            assertThat(asked).as("requests taken").hasValueBetween(1, 200);
        }
    }

    @Test
    void shouldAnswerPipelinedRequestsInTurnWhenTheClientReads() throws IOException {
        final AtomicInteger asked = new AtomicInteger();
        final Listener listener =
                servers.open(ANY_PORT, _ -> Reply.text(200, "answer " + asked.incrementAndGet() + "x".repeat(40_000)));

        final String answers = exchange(
                listener,
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200)
                        + "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        int position = 0;
        for (int i = 1; i <= 201; i++) {
            position = answers.indexOf("answer " + i + "x", position);
            assertThat(position).as("answer %d, after the one before", i).isPositive();
        }
    }

    @Test
    void shouldEndAConnectionByItsAgeWhateverItsClientDoes() throws IOException {
        try (HttpServers shortLived = new HttpServers(Duration.ofMillis(500))) {
            final Listener listener = shortLived.open(ANY_PORT, _ -> Reply.text(200, "ok"));
            try (Socket socket = connect(listener)) {
                assertThatThrownBy(() -> {
                            while (true) { // ends: when the server closes
                                socket.getOutputStream()
                                        .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                                if (socket.getInputStream().read() < 0) {
                                    throw new IOException("closed");
                                }
                            }
                        })
                        .isInstanceOf(IOException.class);
            }
            try (Socket trickling = connect(listener)) {
                assertThatThrownBy(() -> {
                            while (true) { // ends: when the server closes
                                trickling.getOutputStream().write("G".getBytes(StandardCharsets.US_ASCII));
                                Thread.sleep(10);
                            }
                        })
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void shouldGiveUpTheSlowestReadersWhenAnswersFillTheirRoom() throws IOException {
        final String page = "x".repeat(1 << 20);
        final Listener listener = servers.open(ANY_PORT, _ -> Reply.text(200, page));
        final List<Socket> deaf = new ArrayList<>();
        try {
            for (int i = 0; i < 40; i++) {
                final Socket socket = new Socket();
                deaf.add(socket);
                socket.setReceiveBufferSize(8192);
                socket.setSoTimeout(TIMEOUT_MILLIS);
                socket.connect(listener.address(), TIMEOUT_MILLIS);
                socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            assertThat(exchange(listener, "GET / HTTP/1.0\r\n\r\n")).hasSizeGreaterThan(page.length());
            assertThat(receivedBytes(deaf.getFirst()))
                    .as("bytes to the slowest")
                    .isLessThan(page.length());
        } finally {
            for (Socket socket : deaf) {
                socket.close();
            }
        }
    }

    private static int receivedBytes(Socket socket) {
        final byte[] buffer = new byte[65_536];
        int sum = 0;
        try {
            int count = socket.getInputStream().read(buffer);
            while (count >= 0) {
                sum += count;
                count = socket.getInputStream().read(buffer);
            }
        } catch (IOException _) {
            return sum; // reset: cut off
        }
        return sum;
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
    void shouldAnswerOnEveryPortWhenIdleConnectionsFillOne() throws IOException {
        final Listener filled = servers.open(ANY_PORT, _ -> Reply.text(200, "ok"));
        final Listener neighbour = servers.open(ANY_PORT, _ -> Reply.text(200, "ok"));
        final Listener apart = servers.room(RoomLimits.OWN).open(ANY_PORT, _ -> Reply.text(200, "ok"));
        final List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 600; i++) {
                idle.add(connect(filled));
            }
            for (Listener listener : List.of(filled, neighbour, apart)) {
                assertThat(exchange(listener, "GET / HTTP/1.0\r\n\r\n")).endsWith("ok");
            }
            assertThat(idle.getFirst().getInputStream().read())
                    .as("the oldest is closed")
                    .isEqualTo(-1);
            final Socket youngest = idle.getLast();
            youngest.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(youngest.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .as("the youngest is not")
                    .endsWith("ok");
        } finally {
            for (Socket socket : idle) {
                socket.close();
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

    /**
     * Opens the address again: a closed listener's socket is gone shortly after {@code close}, when its event loop next
     * runs its selector.
     */
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
