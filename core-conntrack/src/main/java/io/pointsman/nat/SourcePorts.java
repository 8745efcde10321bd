package io.pointsman.nat;

/** Source ports that a rewritten source may get: a range without the reserved ports. Immutable. */
final class SourcePorts {
    /** Ports that a port below 512 may become, as in Linux (net/netfilter/nf_nat_core.c, nf_nat_l4proto_unique_tuple). */
    static final PortRange LOW = new PortRange(1, 511);

    /** Ports that a port from 512 to 1023 may become, as in Linux. */
    static final PortRange PRIVILEGED = new PortRange(600, 1023);

    /** Most ports tried for one connection, which bounds its cost when nearly all are taken. */
    static final int MAX_TRIES = 1024;

    private final int first;
    private final int belowReserved; // ports before the reserved ones
    private final int size;
    private final int resume; // the first port after the reserved ones

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

    /** Returns the port at an index, 0 to {@link #size} less one. */
    int port(int index) {
        return index < belowReserved ? first + index : resume + index - belowReserved;
    }
}
