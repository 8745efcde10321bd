package io.pointsman.bench.engine;

import java.util.SplittableRandom;

/**
 * Flows by Zipf's law with exponent 1. The n-th most frequent rank comes up in proportion to 1 / n, each time as one of
 * four flows with equal chance, so that families and protocols ({@link Traffic}) are equally frequent. {@value #DRAWN}
 * flows are drawn beforehand and read in turn. Not thread-safe.
 */
final class ZipfOrder extends FlowOrder {
    private static final int KINDS = 4;
    private static final int DRAWN = 1 << 20;

    private final int[] drawn = new int[DRAWN];
    private int next;

    ZipfOrder(int flows, int start) {
        super(flows, start);
        final var random = new SplittableRandom(start);
        final int ranks = flows / KINDS;
        final double span = Math.log(ranks);
        for (int i = 0; i < DRAWN; i++) {
            // the inverse of the integral of 1 / x
            final int rank = Math.min(ranks - 1, (int) Math.exp(random.nextDouble() * span) - 1);
            drawn[i] = rank * KINDS + random.nextInt(KINDS);
        }
    }

    @Override
    int next() {
        next = (next + 1) & (DRAWN - 1);
        return drawn[next];
    }
}
