package io.pointsman.nat.policy;

import io.pointsman.model.Cidr;
import java.util.List;

/** Immutable list of address ranges. Look-ups take an address's two halves and allocate nothing. Any thread. */
final class AddressRanges {
    private final boolean[] ipv4;
    private final long[] high;
    private final long[] low;
    private final long[] highMask;
    private final long[] lowMask;

    AddressRanges(List<Cidr> ranges) {
        final int size = ranges.size();
        ipv4 = new boolean[size];
        high = new long[size];
        low = new long[size];
        highMask = new long[size];
        lowMask = new long[size];
        for (int i = 0; i < size; i++) {
            final Cidr range = ranges.get(i);
            final int length = range.prefixLength();
            ipv4[i] = range.address().isIpv4();
            high[i] = range.address().high();
            low[i] = range.address().low();
            highMask[i] = ipv4[i] ? -1L : mask(length);
            lowMask[i] = ipv4[i] ? mask(length + 32) | -1L << 32 : mask(length - 64);
        }
    }

    boolean isEmpty() {
        return high.length == 0;
    }

    boolean contains(boolean isIpv4, long addressHigh, long addressLow) {
        for (int i = 0; i < high.length; i++) {
            if (ipv4[i] == isIpv4 && (addressLow & lowMask[i]) == low[i] && (addressHigh & highMask[i]) == high[i]) {
                return true;
            }
        }
        return false;
    }

    /** Returns a mask of the top {@code bits} bits of 64. */
    private static long mask(int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1L : -1L << (64 - bits);
    }
}
