package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.agent.http.HttpServers;
import io.pointsman.agent.http.Reply;
import io.pointsman.agent.http.Request;
import io.pointsman.agent.status.TextPage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A request does not block other requests, and those that arrive while a page is made share it. */
class MetricsResponderTest {
    private static final int LONG = 4_000_000; // more than kernels buffer, and half of what may wait unsent
    private static final int RECEIVED_BYTES = 1 << 16;
    private static final Request METRICS = new Request("GET", "/metrics", Map.of(), "", "", Optional.empty(), false);

    private static CompletableFuture<Reply> ask(MetricsResponder responder) {
        return responder.respond(METRICS).reply().toCompletableFuture();
    }

    private static String body(CompletableFuture<Reply> reply) throws Exception {
        return reply.get(60, TimeUnit.SECONDS).body().toString();
    }

    @Test
    void shouldMakeOnePageForAllWhoAskWhileItIsMade() throws Exception {
        final CountDownLatch counted = new CountDownLatch(1);
        final AtomicInteger pages = new AtomicInteger();
        try (MetricsResponder responder = new MetricsResponder(page -> {
            await(counted);
            page.text("page " + pages.incrementAndGet());
        })) {
            final CompletableFuture<Reply> first = ask(responder);
            final CompletableFuture<Reply> second = ask(responder);
            assertThat(first).isNotDone();
            counted.countDown();

            assertThat(body(first)).isEqualTo("page 1");
            assertThat(body(second)).isEqualTo("page 1");
            assertThat(body(ask(responder))).isEqualTo("page 2");
        }
    }

    @Test
    void shouldMakeTheNextPageAfterOneThatFailed() throws Exception {
        final AtomicInteger tries = new AtomicInteger();
        try (MetricsResponder responder = new MetricsResponder(page -> {
            if (tries.incrementAndGet() == 1) {
                throw new IllegalStateException("can't be counted");
            }
            page.text("page");
        })) {
            assertThatThrownBy(() -> ask(responder).join())
                    .isInstanceOf(CompletionException.class)
                    .hasRootCauseMessage("can't be counted");
            assertThat(body(ask(responder))).isEqualTo("page");
        }
    }

    /** Pages are long, so that they wait in buffers for a client that takes nothing. */
    @Test
    void shouldUseAPagesMemoryAgainOnceEverybodyHasIt() throws Exception {
        final List<TextPage> pages = Collections.synchronizedList(new ArrayList<>());
        try (MetricsResponder responder = new MetricsResponder(page -> {
                    pages.add(page);
                    page.text(String.valueOf(pages.size()).repeat(LONG));
                });
                HttpServers servers = new HttpServers()) {
            final InetSocketAddress address = servers.open(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), responder)
                    .address();
            assertThat(isPage("1", get(address, "GET"))).isTrue();
            assertThat(get(address, "HEAD")).endsWith("\r\n\r\n");
            assertThat(pages.get(1)).isSameAs(pages.get(0));
            try (Socket slow = ask(address, "GET")) {
                final int first = slow.getInputStream().read();
                assertThat(isPage("4", get(address, "GET"))).isTrue();
                assertThat(pages.get(3))
                        .as("while somebody takes the one before")
                        .isNotSameAs(pages.get(2));
                assertThat(isPage("3", (char) first + readAll(slow))).isTrue();
            }
        }
    }

    private static boolean isPage(String digit, String answer) {
        return answer.endsWith("\r\n\r\n" + digit.repeat(LONG));
    }

    private static String get(InetSocketAddress address, String method) throws IOException {
        try (Socket socket = ask(address, method)) {
            return readAll(socket);
        }
    }

    private static Socket ask(InetSocketAddress address, String method) throws IOException {
        final Socket socket = new Socket();
        socket.setReceiveBufferSize(RECEIVED_BYTES); // else the kernel takes the more, the faster a page comes
        socket.connect(address);
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write((method + " /metrics HTTP/1.0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String readAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
