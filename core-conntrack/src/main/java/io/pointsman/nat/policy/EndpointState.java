package io.pointsman.nat.policy;

import io.pointsman.model.IpAddress;
import io.pointsman.nat.counters.FlowCounts;

/**
 * State of an endpoint of one service port, to which flows refer by number. It outlives plans: it exists while a plan names
 * the endpoint or a flow is on it. Counts the endpoint's flows.
 */
public final class EndpointState {
    public final int id;
    public final IpAddress address;
    public final long high;
    public final long low;
    public final int port;

    private final FlowCounts counts;
    private final int place;
    private volatile boolean retired;

    /**
     * Creates a state without flows.
     *
     * @param counts counters that count its flows
     * @param place its index in {@code counts}, 0 to {@link FlowCounts#PLACES} - 1
     */
    public EndpointState(int id, IpAddress address, int port, FlowCounts counts, int place) {
        this.counts = counts;
        this.place = place;
        this.id = id;
        this.address = address;
        this.high = address.high();
        this.low = address.low();
        this.port = port;
    }

    /** Number of flows on the endpoint now; a snapshot. */
    public int flows() {
        return Math.max(0, counts.sum(place));
    }

    /** Counts a flow. Returns false if the number is freed or about to be: look the rule up again. */
    public boolean acquire() {
        counts.add(place, 1);
        if (retired) {
            counts.add(place, -1);
            return false;
        }
        return true;
    }

    public void release() {
        counts.add(place, -1);
    }

    /**
     * Frees the number unless a flow is on the endpoint; after that, {@link #acquire} refuses. Returns whether it did.
     * Control thread only.
     *
     * <p>A flow that the sum missed sees the mark, because the mark was set before. And no flow makes the sum too small: a
     * thread that counts a flow subtracts it from the same stripe, later, or counted it before the mark was set.
     */
    public boolean retire() {
        retired = true;
        if (counts.sum(place) == 0) {
            return true;
        }
        retired = false;
        return false;
    }

    /** Whether the endpoint has the address at the tuple's other end. */
    public boolean isAt(boolean ipv4, long otherHigh, long otherLow) {
        return low == otherLow && high == otherHigh && address.isIpv4() == ipv4;
    }
}
