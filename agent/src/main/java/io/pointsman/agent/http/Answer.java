package io.pointsman.agent.http;

/** Result of a {@link Responder}: a reply, one that another thread is making, or an event stream. */
public sealed interface Answer permits Reply, Deferred, EventStream {}
