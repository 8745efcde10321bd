package io.pointsman.kubernetes.cluster;

import java.time.Duration;

/**
 * How long things may take, how often they happen, and how much is taken.
 *
 * @param firstPause after a first failure; the pause doubles with each further one, and half of it is chance
 * @param maxPause the pause grows no longer
 * @param absentPause before a resource is asked for again that the server does not have, or does not let be read, and that
 *     is not needed
 * @param healthyAfter a stream that lasted so long was none of a row of failures
 * @param headersWithin from a request to the head of its answer
 * @param listSilence without a byte of a list; the server itself gives up after 60 s
 * @param completeWithin from a request to the whole list, or to the end of a watch's initial events
 * @param watchSilence without an event: two bookmarks, of which one comes a minute
 * @param savedAfter the API server has so long to deliver a complete state before a saved one is served
 * @param saveEvery the least time between two writings of the state, and from the first complete state to the first
 * @param maxStateBytes the text of all objects of one kind; the model of them is about as large, and there twice meanwhile
 */
record Limits(
        Duration firstPause,
        Duration maxPause,
        Duration absentPause,
        Duration healthyAfter,
        Duration headersWithin,
        Duration listSilence,
        Duration completeWithin,
        Duration watchSilence,
        Duration savedAfter,
        Duration saveEvery,
        long maxStateBytes) {
    static final Limits DEFAULT = new Limits(
            Duration.ofMillis(800),
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(65),
            Duration.ofSeconds(65),
            Duration.ofMinutes(5),
            Duration.ofSeconds(129),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Runtime.getRuntime().maxMemory() / 4);
}
