package io.pointsman.agent.http;

/** What a {@link Responder} has for a request: the reply, one that another thread is making, or a stream of events. */
public sealed interface Answer permits Reply, Deferred, EventStream {}
