package io.pointsman.agent.http;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The answers that clients have not taken yet, over all listeners, within a bound: the one that takes longest is given up
 * first. Used by the one thread that serves all listeners.
 */
final class UnsentAnswers {
    private final int maxBytes;
    private final Map<Room.Guest, Integer> bytes = new LinkedHashMap<>();
    private long totalBytes;

    /** @param maxBytes bound on the sum; a single answer may be larger */
    UnsentAnswers(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** An answer begins. Those that began first are cut off until there is room for it. */
    void begin(Room.Guest guest, int answerBytes) {
        while (totalBytes + answerBytes > maxBytes && !bytes.isEmpty()) {
            final Room.Guest slowest = bytes.keySet().iterator().next();
            end(slowest);
            slowest.evict();
        }
        bytes.put(guest, answerBytes);
        totalBytes += answerBytes;
    }

    /** An answer is sent, or its connection closed. */
    void end(Room.Guest guest) {
        final Integer ended = bytes.remove(guest);
        totalBytes -= ended == null ? 0 : ended;
    }
}
