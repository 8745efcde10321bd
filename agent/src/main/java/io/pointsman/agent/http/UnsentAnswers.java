package io.pointsman.agent.http;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Unsent answers of all listeners, within a size limit: if it is exceeded, the oldest answer's connection is closed
 * first. There is always room for two of the largest answer so far, as two Prometheus servers often scrape one agent at
 * once. Used by the one thread that serves all listeners.
 */
final class UnsentAnswers {
    private final int maxBytes;
    private final Map<Room.Guest, Integer> bytes = new LinkedHashMap<>();
    private long totalBytes;
    private long largestBytes;

    /** @param maxBytes limit on the sum, if two answers are not larger */
    UnsentAnswers(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Adds an answer that is about to be sent. Closes the connections of the oldest ones until it fits. */
    void begin(Room.Guest guest, int answerBytes) {
        largestBytes = Math.max(largestBytes, answerBytes);
        final long limit = Math.max(maxBytes, 2 * largestBytes);
        while (totalBytes + answerBytes > limit && !bytes.isEmpty()) {
            final Room.Guest slowest = bytes.keySet().iterator().next();
            end(slowest);
            slowest.evict();
        }
        bytes.put(guest, answerBytes);
        totalBytes += answerBytes;
    }

    /** Removes an answer that is sent, or whose connection is closed. */
    void end(Room.Guest guest) {
        final Integer ended = bytes.remove(guest);
        totalBytes -= ended == null ? 0 : ended;
    }
}
