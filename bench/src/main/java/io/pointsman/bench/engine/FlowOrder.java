package io.pointsman.bench.engine;

/**
 * Order in which a benchmark visits flows: each once in a round, in an order that no prefetcher can predict. A
 * full-period linear congruential generator over the next power of two (Knuth, TAOCP 2, section 3.2.1.2) that skips
 * numbers beyond the flows. It takes no memory that would compete with the table. Not thread-safe.
 */
sealed class FlowOrder permits ZipfOrder {
    private static final int MULTIPLIER = (0x9E37_79B1 & ~7) | 5; // 5 modulo 8: full period for any power of two
    private static final int INCREMENT = 0x3C6E_F35F; // odd

    private final int flows;
    private final int mask;
    private int state;

    FlowOrder(int flows, int start) {
        this.flows = flows;
        this.mask = Integer.highestOneBit(Math.max(1, flows - 1)) * 2 - 1;
        this.state = start & mask;
    }

    /** Returns a flow, 0 to flows - 1. */
    int next() {
        int next = state;
        do {
            next = (next * MULTIPLIER + INCREMENT) & mask;
        } while (next >= flows);
        state = next;
        return next;
    }
}
