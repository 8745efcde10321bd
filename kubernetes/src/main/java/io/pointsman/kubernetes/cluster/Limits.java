package io.pointsman.kubernetes.cluster;

import java.time.Duration;

/**
 * Timeouts, intervals and size limits.
 *
 * @param firstPause pause after a first failure; it doubles with each further one, and half of it is random
 * @param maxPause longest pause
 * @param absentPause pause before asking again for an optional resource that the server lacks or forbids
 * @param healthyAfter a stream that lasted this long ends a series of failures
 * @param headersWithin longest time from a request to the head of its response
 * @param listSilence longest time without a byte of a list; the server itself gives up after 60 s
 * @param completeWithin longest time from a request to the whole list, or to the end of a watch's initial events
 * @param watchSilence longest time without an event: two bookmarks, of which one comes a minute
 * @param savedAfter time that the API server has to deliver a complete state before a saved one is served
 * @param saveEvery shortest time between two saves of the state, and from the first complete state to the first save
 * @param maxStateBytes length of the JSON text of all objects of one kind; the model takes about as much, twice
 *     meanwhile
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
