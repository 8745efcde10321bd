package io.pointsman.agent;

import io.pointsman.agent.http.Body;
import io.pointsman.agent.http.Deferred;
import io.pointsman.agent.http.Reply;
import io.pointsman.agent.http.Request;
import io.pointsman.agent.http.Responder;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves the metrics page in Prometheus' text format. Reading a kernel's counters takes time, so the page is made on a
 * thread of its own and probes do not wait for it. Requests that arrive meanwhile share the page being made. Thread-safe.
 */
final class MetricsResponder implements Responder, AutoCloseable {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Supplier<byte[]> page;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("pointsman-metrics").daemon().factory());
    private @Nullable CompletableFuture<Reply> making;

    /** @param page makes the page in UTF-8, a new array each time; called by one thread at a time */
    MetricsResponder(Supplier<byte[]> page) {
        this.page = page;
    }

    @Override
    public synchronized Deferred respond(Request request) {
        CompletableFuture<Reply> reply = making;
        if (reply == null) {
            reply = CompletableFuture.supplyAsync(this::make, thread);
            making = reply;
        }
        return new Deferred(reply);
    }

    private Reply make() {
        try {
            return new Reply(200, PROMETHEUS_TEXT, Map.of(), Body.ofBytes(page.get()));
        } finally {
            made();
        }
    }

    private synchronized void made() {
        making = null;
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
