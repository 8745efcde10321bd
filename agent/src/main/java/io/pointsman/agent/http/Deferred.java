package io.pointsman.agent.http;

import java.util.Objects;
import java.util.concurrent.CompletionStage;

/**
 * A reply that another thread is making. Nothing is read from the connection meanwhile; the wait ends with the
 * connection's lifetime.
 *
 * @param reply completed by any thread; a failure becomes a 500 and a line in the log
 */
public record Deferred(CompletionStage<Reply> reply) implements Answer {
    public Deferred {
        Objects.requireNonNull(reply, "reply");
    }
}
