package io.pointsman.nat;

/** Bit mixing and repeatable pseudo-random numbers. No secret is involved: callers that face untrusted input add a key. */
public final class Hashing {
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private Hashing() {}

    /** Applies the finalizer of SplitMix64: every bit of the input affects every bit of the output. */
    public static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }

    /** Returns the next state of a SplitMix64 sequence; {@link #mix} of the state is the number. */
    static long next(long state) {
        return state + GOLDEN;
    }

    public static long hash(long key, long high, long low) {
        return mix(mix(high + key) + low * GOLDEN);
    }

    /** Returns a hash of an address from the configuration, which needs no secret. */
    public static int spread(long high, long low) {
        return (int) (((high * 31 + low) * GOLDEN) >>> 40);
    }

    /** Maps 64 random bits evenly to 0..bound-1. */
    public static int below(long random, int bound) {
        return (int) Math.unsignedMultiplyHigh(random, bound);
    }
}
