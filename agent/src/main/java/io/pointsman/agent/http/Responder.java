package io.pointsman.agent.http;

/** Answers requests. Called from the one thread that serves all listeners, so it must not block. */
@FunctionalInterface
public interface Responder {
    Answer respond(Request request);
}
