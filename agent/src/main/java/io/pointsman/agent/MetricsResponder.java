package io.pointsman.agent;

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
 * Metrics as Prometheus reads them. Reading what a kernel counted takes its time, so a thread of its own makes the page: probes and other
 * listeners do not wait for it. Whoever asks meanwhile gets the page that is being made. Any thread may ask.
 */
final class MetricsResponder implements Responder, AutoCloseable {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Supplier<String> text;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("pointsman-metrics").daemon().factory());
    private @Nullable CompletableFuture<Reply> making;

    /** @param text makes the page; asked by one thread at a time */
    MetricsResponder(Supplier<String> text) {
        this.text = text;
    }

    @Override
    public synchronized Deferred respond(Request request) {
        CompletableFuture<Reply> page = making;
        if (page == null) {
            page = CompletableFuture.supplyAsync(this::make, thread);
            making = page;
        }
        return new Deferred(page);
    }

    private Reply make() {
        try {
            return new Reply(200, PROMETHEUS_TEXT, Map.of(), text.get());
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
