package io.pointsman.nat.policy;

import io.pointsman.model.IpAddress;
import io.pointsman.nat.Hashing;
import io.pointsman.plan.PoolEndpoint;
import java.util.Arrays;

/**
 * Maglev's lookup table (Eisenbud et al., "Maglev", NSDI 2016, section 3.4): the endpoints take turns, in proportion to
 * weight, and each claims the next free entry of its own permutation. A change of the pool therefore moves few entries.
 */
final class MaglevTable {
    // The paper wants a prime well above 100 entries for each endpoint; a small pool is rebuilt in microseconds.
    private static final int[] PRIMES = {251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65537, 131071, 655373};
    private static final int ENTRIES_PER_ENDPOINT = 100;

    private MaglevTable() {}

    /** Builds the table: for each entry the position of its endpoint. Without endpoints it has no entries. */
    static int[] build(PoolEndpoint[] endpoints) {
        final int count = endpoints.length;
        if (count == 0) {
            return new int[0];
        }
        final int size = sizeFor(count);
        final int[] table = new int[size];
        Arrays.fill(table, -1);
        final int[] next = new int[count];
        final int[] skip = new int[count];
        int heaviest = 1;
        for (int i = 0; i < count; i++) {
            final IpAddress address = endpoints[i].address();
            final long hash = Hashing.hash(endpoints[i].port(), address.high(), address.low());
            next[i] = Hashing.below(hash, size);
            skip[i] = Hashing.below(Hashing.mix(~hash), size - 1) + 1;
            heaviest = Math.max(heaviest, endpoints[i].weight());
        }
        final long[] credit = new long[count];
        for (int filled = 0; filled < size; ) {
            for (int i = 0; i < count && filled < size; i++) {
                credit[i] += endpoints[i].weight();
                if (credit[i] >= heaviest) {
                    credit[i] -= heaviest;
                    while (table[next[i]] >= 0) {
                        next[i] = (next[i] + skip[i]) % size;
                    }
                    table[next[i]] = i;
                    filled++;
                }
            }
        }
        return table;
    }

    static int sizeFor(int endpoints) {
        for (int prime : PRIMES) {
            if (prime >= (long) endpoints * ENTRIES_PER_ENDPOINT) {
                return prime;
            }
        }
        return PRIMES[PRIMES.length - 1];
    }
}
