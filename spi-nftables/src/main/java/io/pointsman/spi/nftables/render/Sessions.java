package io.pointsman.spi.nftables.render;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Numbers of sessions in the map {@code affinity}: one for each pool, because a client keeps only an endpoint that the pool
 * contains. Numbers that an earlier run assigned are kept. Not thread-safe.
 */
public final class Sessions {
    /** Lowest number. As {@code tc} classes, the numbers have majors 5000 to 57ff; with {@link #CHOSEN}, up to 5fff. */
    private static final int LOWEST = 0x5000_0000;

    private static final int COUNT = 1 << 27;

    /** Bit set in a first packet's number if its client was not bound: its endpoint was newly chosen. */
    static final int CHOSEN = 1 << 27;

    private final Map<Session, Integer> numbers = new HashMap<>();
    private final Set<Integer> taken = new HashSet<>();

    /** Adopts a session's number from the kernel's map; ignored if it is out of range or another session has it. */
    public void adopt(Session session, int number) {
        if (number >= LOWEST && number - LOWEST < COUNT && !numbers.containsKey(session) && taken.add(number)) {
            numbers.put(session, number);
        }
    }

    /** Number of a session, assigned at the first call. */
    public int of(Session session) {
        return numbers.computeIfAbsent(session, _ -> {
            int number = LOWEST + ((session.hashCode() * 0x9E37_79B1) >>> 5);
            while (!taken.add(number)) {
                number = LOWEST + (number - LOWEST + 1) % COUNT;
            }
            return number;
        });
    }

    /** Frees the number of a session that no rule has any more. */
    public void forget(Session session) {
        final Integer number = numbers.remove(session);
        if (number != null) {
            taken.remove(number);
        }
    }
}
