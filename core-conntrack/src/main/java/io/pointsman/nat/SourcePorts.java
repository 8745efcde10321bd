package io.pointsman.nat;

/** The source ports that a rewritten source may get: a range less the reserved ones. Immutable. */
final class SourcePorts {
    /** What a port below 512 may become, as in Linux (net/netfilter/nf_nat_core.c, nf_nat_l4proto_unique_tuple). */
    static final PortRange LOW = new PortRange(1, 511);

    /** What a port from 512 to 1023 may become, as in Linux. */
    static final PortRange PRIVILEGED = new PortRange(600, 1023);

    /** Ports tried for one connection: bounds what it may cost when nearly all are taken. */
    static final int MAX_TRIES = 1024;

    private final int first;
    private final int belowReserved; // ports before the reserved ones
    private final int size;
    private final int resume; // the first port after them

    SourcePorts(PortRange range, PortRange reserved) {
        first = range.first();
        final int cutFirst = Math.clamp(reserved.first(), range.first(), range.last() + 1);
        final int cutLast = Math.clamp(reserved.last(), range.first() - 1, range.last());
        belowReserved = cutFirst - range.first();
        resume = Math.max(cutLast + 1, cutFirst);
        size = belowReserved + range.last() + 1 - resume;
    }

    int size() {
        return size;
    }

    int tries() {
        return Math.min(size, MAX_TRIES);
    }

    /** One of them, for an index from 0 to {@link #size} less one. */
    int port(int index) {
        return index < belowReserved ? first + index : resume + index - belowReserved;
    }
}
