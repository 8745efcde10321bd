package io.pointsman.conntrack;

/**
 * Keyed hash of tuples: folded 64 x 64-bit multiplications with a secret, as in wyhash. A client that does not know the
 * secret cannot choose ports so that its tuples collide.
 */
final class FlowHash {
    private final long first;
    private final long second;

    FlowHash(long seed) {
        first = mix(seed + 0x9E37_79B9_7F4A_7C15L) | 1;
        second = mix(seed + 0x3C6E_F372_FE94_F82AL);
    }

    private static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }

    private static long fold(long a, long b) {
        return Math.unsignedMultiplyHigh(a, b) ^ a * b;
    }

    long hash(long addresses, int ports, int protocol) {
        final long half = fold(addresses ^ first, ((ports & 0xFFFF_FFFFL) | ((long) protocol << 32)) ^ second);
        return fold(half ^ second, first);
    }

    long hash(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int ports, int protocol) {
        final long one = fold(sourceHigh ^ first, sourceLow ^ second);
        final long two = fold(destinationHigh ^ one, destinationLow ^ second);
        return fold(two ^ ((ports & 0xFFFF_FFFFL) | ((long) protocol << 32)) ^ second, first);
    }

    long hash(FlowKey key) {
        return key.isIpv6
                ? hash(key.sourceHigh, key.sourceLow, key.destinationHigh, key.destinationLow, key.ports, key.protocol)
                : hash(key.addresses, key.ports, key.protocol);
    }
}
