package io.pointsman.agent;

import io.pointsman.agent.http.Body;
import io.pointsman.agent.http.Deferred;
import io.pointsman.agent.http.Reply;
import io.pointsman.agent.http.Request;
import io.pointsman.agent.http.Responder;
import io.pointsman.agent.status.TextPage;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Metrics as Prometheus reads them. Reading the kernel's counters takes time, so a separate thread makes the page: probes
 * and other listeners do not wait for it. A client that asks meanwhile gets the page that is being made. A page's memory
 * is used for the next page, unless a client is still reading it. Any thread may ask.
 */
final class MetricsResponder implements Responder, AutoCloseable {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Consumer<TextPage> writer;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("pointsman-metrics").daemon().factory());
    private @Nullable Making making; // this and below: guarded by this
    private Optional<TextPage> unused = Optional.empty();

    /** A page, and how many have yet to take it. */
    private static final class Loan {
        final TextPage page;
        int readers;

        Loan(TextPage page) {
            this.page = page;
        }
    }

    private record Making(Loan loan, CompletableFuture<Reply> reply) {}

    /** @param writer writes the page; asked by one thread at a time */
    MetricsResponder(Consumer<TextPage> writer) {
        this.writer = writer;
    }

    @Override
    public synchronized Deferred respond(Request request) {
        Making current = making;
        if (current == null) {
            final Loan loan = new Loan(unused.orElseGet(TextPage::new));
            current = new Making(loan, CompletableFuture.supplyAsync(() -> make(loan), thread));
            making = current;
            unused = Optional.empty();
        }
        current.loan().readers++;
        return new Deferred(current.reply());
    }

    private Reply make(Loan loan) {
        final TextPage page = loan.page;
        try {
            page.clear();
            writer.accept(page);
            return new Reply(200, PROMETHEUS_TEXT, Map.of(), Body.lent(page.bytes(), page.length(), () -> taken(loan)));
        } finally {
            made();
        }
    }

    /** Ends sharing of the page being made: later requests get the next page. */
    private synchronized void made() {
        making = null;
    }

    /** Counts one reader less of a page: it has received the page or disconnected. */
    private synchronized void taken(Loan loan) {
        loan.readers--;
        if (loan.readers == 0) {
            unused = Optional.of(loan.page);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
