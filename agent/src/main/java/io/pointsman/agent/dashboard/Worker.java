package io.pointsman.agent.dashboard;

import io.pointsman.agent.http.Answer;
import io.pointsman.agent.http.Deferred;
import io.pointsman.agent.http.Reply;
import io.pointsman.model.ConfigException;
import io.pointsman.spi.BackendException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Thread for slow work, so that probes and scrapers do not wait for it. Its queue is short. */
final class Worker {
    private static final int MAX_WAITING = 32;
    private static final int END_TIMEOUT_SECONDS = 1;
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("pointsman-dashboard").daemon().factory());
    private final AtomicInteger waiting = new AtomicInteger();

    /** A request that produces JSON. */
    @FunctionalInterface
    interface Question {
        /**
         * Makes one document.
         *
         * @throws ConfigException if the request is invalid; says what is allowed
         * @throws BackendException if the data plane can't be read
         */
        String answer() throws ConfigException, BackendException;
    }

    /** Queues a request; refuses it at once if too many wait already. */
    Answer ask(Question question) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            return SafeHeaders.on(Reply.text(503, "too many requests of this page at once; it retries\n"));
        }
        final CompletableFuture<Reply> reply = new CompletableFuture<>();
        thread.execute(() -> {
            try {
                reply.complete(SafeHeaders.on(reply(question)));
            } catch (RuntimeException e) {
                reply.completeExceptionally(e);
            } finally {
                waiting.decrementAndGet();
            }
        });
        return new Deferred(reply);
    }

    private static Reply reply(Question question) {
        try {
            return Reply.json(200, question.answer() + "\n");
        } catch (ConfigException | IllegalArgumentException e) {
            return Reply.text(400, e.getMessage() + "\n");
        } catch (BackendException e) {
            return Reply.text(503, e.getMessage() + "\n");
        }
    }

    /** Runs a task periodically until this is closed; a failure is logged, and the next run still comes. */
    void repeat(Duration period, Runnable task) {
        final Future<?> _ = thread.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) {
                        LOG.warn("dashboard: a reading failed", e);
                    }
                },
                0,
                period.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Ends the thread; returns false if it is still busy after a second, and is abandoned. */
    boolean end() {
        thread.shutdownNow();
        try {
            return thread.awaitTermination(END_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
