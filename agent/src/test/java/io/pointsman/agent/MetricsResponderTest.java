package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.agent.http.Reply;
import io.pointsman.agent.http.Request;
import java.nio.charset.StandardCharsets;
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
        try (MetricsResponder responder = new MetricsResponder(() -> {
            await(counted);
            return utf8("page " + pages.incrementAndGet());
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
        try (MetricsResponder responder = new MetricsResponder(() -> {
            if (tries.incrementAndGet() == 1) {
                throw new IllegalStateException("can't be counted");
            }
            return utf8("page");
        })) {
            assertThatThrownBy(() -> ask(responder).join())
                    .isInstanceOf(CompletionException.class)
                    .hasRootCauseMessage("can't be counted");
            assertThat(body(ask(responder))).isEqualTo("page");
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
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
