package io.pointsman.spi.nftables.render;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The numbers by which the map {@code affinity} knows whose clients are bound: one for each pool, since a client keeps only
 * an endpoint that the pool in question has. Numbers that an earlier run gave are kept. Not thread-safe.
 */
public final class Sessions {
    /** As {@code tc} classes they are of major numbers 5000 to 57ff; with {@link #CHOSEN}, to 5fff. */
    private static final int LOWEST = 0x5000_0000;

    private static final int COUNT = 1 << 27;

    /** Bit that a first packet's number has besides when its client was not bound: its endpoint was chosen anew. */
    static final int CHOSEN = 1 << 27;

    private final Map<Session, Integer> numbers = new HashMap<>();
    private final Set<Integer> taken = new HashSet<>();

    /** A number that the kernel's map has for it; ignored when it can't be one of ours or is another's. */
    public void adopt(Session session, int number) {
        if (number >= LOWEST && number - LOWEST < COUNT && !numbers.containsKey(session) && taken.add(number)) {
            numbers.put(session, number);
        }
    }

    /** Its number, from now on. */
    public int of(Session session) {
        return numbers.computeIfAbsent(session, _ -> {
            int number = LOWEST + ((session.hashCode() * 0x9E37_79B1) >>> 5);
            while (!taken.add(number)) {
                number = LOWEST + (number - LOWEST + 1) % COUNT;
            }
            return number;
        });
    }

    /** Forgets one that no rule has any more. */
    public void forget(Session session) {
        final Integer number = numbers.remove(session);
        if (number != null) {
            taken.remove(number);
        }
    }
}
