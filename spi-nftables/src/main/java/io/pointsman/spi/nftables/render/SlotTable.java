package io.pointsman.spi.nftables.render;

import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.PoolEndpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Slots to choose from, each with its endpoint; an endpoint may have several. Endpoints of weight 0 have none. */
final class SlotTable {
    /**
     * Most slots of weighted endpoints. More would reproduce large weights without a common divisor exactly, at the cost of
     * as many elements.
     */
    static final int MAX_WEIGHTED = 1024;

    private static final int[] PRIMES = {251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521};
    private static final int ENTRIES_PER_ENDPOINT = 100;

    private SlotTable() {}

    static Step.Choice choice(Balancing balancing) {
        return switch (balancing) {
            case SOURCE_HASH, MAGLEV -> Step.Choice.HASH;
            case RANDOM, ROUND_ROBIN, WEIGHTED, LEAST_CONNECTIONS -> Step.Choice.RANDOM;
        };
    }

    static List<PoolEndpoint> of(EndpointPool pool, Balancing balancing) {
        final List<PoolEndpoint> eligible = eligible(pool.endpoints());
        if (eligible.size() < 2) {
            return eligible;
        }
        return switch (balancing) {
            case RANDOM, ROUND_ROBIN, LEAST_CONNECTIONS, SOURCE_HASH ->
                eligible.subList(0, Math.min(eligible.size(), Layout.MAX_SLOTS));
            case WEIGHTED -> weighted(eligible);
            case MAGLEV -> maglev(eligible);
        };
    }

    private static List<PoolEndpoint> eligible(List<PoolEndpoint> endpoints) {
        for (PoolEndpoint endpoint : endpoints) {
            if (endpoint.weight() <= 0) {
                return endpoints.stream().filter(each -> each.weight() > 0).toList();
            }
        }
        return endpoints;
    }

    /** Slots in which each endpoint occurs as often as its reduced weight says. */
    private static List<PoolEndpoint> weighted(List<PoolEndpoint> endpoints) {
        final int[] parts = parts(
                endpoints.stream().mapToInt(PoolEndpoint::weight).toArray(), Math.max(MAX_WEIGHTED, endpoints.size()));
        final List<PoolEndpoint> slots = new ArrayList<>();
        for (int i = 0; i < parts.length; i++) {
            slots.addAll(Collections.nCopies(parts[i], endpoints.get(i)));
        }
        return slots;
    }

    /** Reduces weights above 0 by their common divisor; if their sum still exceeds the limit, in proportion, none to 0. */
    static int[] parts(int[] weights, int limit) {
        int divisor = 0;
        long total = 0;
        for (int weight : weights) {
            divisor = gcd(divisor, weight);
            total += weight;
        }
        final int[] parts = new int[weights.length];
        if (total / divisor <= limit) {
            for (int i = 0; i < parts.length; i++) {
                parts[i] = weights[i] / divisor;
            }
            return parts;
        }
        for (int i = 0; i < parts.length; i++) {
            parts[i] = (int) Math.max(1, Math.round((double) weights[i] * limit / total));
        }
        return parts;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /**
     * Slots by Maglev (Eisenbud et al., "Maglev", NSDI 2016, section 3.4): the endpoints take turns, in proportion to
     * weight, and each takes the next free slot of its own permutation. A change of the pool therefore moves few slots.
     */
    private static List<PoolEndpoint> maglev(List<PoolEndpoint> endpoints) {
        final int count = endpoints.size();
        final int size = maglevSlots(count);
        final PoolEndpoint[] slots = new PoolEndpoint[size];
        final int[] next = new int[count];
        final int[] skip = new int[count];
        int heaviest = 1;
        for (int i = 0; i < count; i++) {
            final PoolEndpoint endpoint = endpoints.get(i);
            final long hash = mix(mix(endpoint.address().high() + endpoint.port())
                    ^ endpoint.address().low());
            next[i] = (int) Long.remainderUnsigned(hash, size);
            skip[i] = (int) Long.remainderUnsigned(mix(~hash), size - 1) + 1;
            heaviest = Math.max(heaviest, endpoint.weight());
        }
        final long[] credit = new long[count];
        for (int filled = 0; filled < size; ) {
            for (int i = 0; i < count && filled < size; i++) {
                credit[i] += endpoints.get(i).weight();
                if (credit[i] >= heaviest) {
                    credit[i] -= heaviest;
                    while (slots[next[i]] != null) {
                        next[i] = (next[i] + skip[i]) % size;
                    }
                    slots[next[i]] = endpoints.get(i);
                    filled++;
                }
            }
        }
        return Arrays.asList(slots);
    }

    private static int maglevSlots(int endpoints) {
        for (int prime : PRIMES) {
            if (prime >= (long) endpoints * ENTRIES_PER_ENDPOINT) {
                return prime;
            }
        }
        return PRIMES[PRIMES.length - 1];
    }

    /** Applies the finalizer of SplitMix64. */
    private static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }
}
