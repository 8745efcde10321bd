package io.pointsman.spi.nftables.render;

import io.pointsman.plan.PoolId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The numbers by which the map {@code affinity} knows whose clients are bound: one for each pool, since a client keeps only
 * an endpoint that the pool in question has. Numbers that an earlier run gave are kept. Not thread-safe.
 */
public final class Sessions {
    /** As {@code tc} classes they are of major numbers 5000 to 5fff. */
    private static final int LOWEST = 0x5000_0000;

    private static final int COUNT = 1 << 28;

    private final Map<PoolId, Integer> numbers = new HashMap<>();
    private final Set<Integer> taken = new HashSet<>();

    /** A number that the kernel's map has for a pool; ignored when it can't be one of ours or is another's. */
    public void adopt(PoolId pool, int number) {
        if (number >= LOWEST && number - LOWEST < COUNT && !numbers.containsKey(pool) && taken.add(number)) {
            numbers.put(pool, number);
        }
    }

    /** The pool's number, from now on. */
    public int of(PoolId pool) {
        return numbers.computeIfAbsent(pool, _ -> {
            int number = LOWEST + (pool.hashCode() * 0x9E37_79B1 >>> 4);
            while (!taken.add(number)) {
                number = LOWEST + (number - LOWEST + 1) % COUNT;
            }
            return number;
        });
    }

    /** The pool's number, if it has one. */
    public Optional<Integer> known(PoolId pool) {
        return Optional.ofNullable(numbers.get(pool));
    }

    /** Forgets a pool that is gone, and returns its number. */
    public Optional<Integer> forget(PoolId pool) {
        final Integer number = numbers.remove(pool);
        if (number != null) {
            taken.remove(number);
        }
        return Optional.ofNullable(number);
    }
}
