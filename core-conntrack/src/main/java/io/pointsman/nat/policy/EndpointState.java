package io.pointsman.nat.policy;

import io.pointsman.model.IpAddress;
import io.pointsman.nat.counters.FlowCounts;

/**
 * An endpoint of one service port, as flows refer to it: by a number, across plans, as long as a plan names it or a flow
 * is on it. Counts its flows.
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
     * @param counts where its flows are counted
     * @param place and at which place there, 0 to {@link FlowCounts#PLACES} - 1
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

    /** Flows on it now; a snapshot. */
    public int flows() {
        return Math.max(0, counts.sum(place));
    }

    /** Counts a flow. False: the number is given up, or about to be; look the rule up again. */
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
     * Gives the number up, unless a flow is on it. From then on {@link #acquire} refuses. Control thread only.
     *
     * <p>A flow that the sum missed sees the mark, which was set before. And no flow makes it too small: whoever counts one
     * takes it back from the same stripe, later, or was let in before the mark was set.
     */
    public boolean retire() {
        retired = true;
        if (counts.sum(place) == 0) {
            return true;
        }
        retired = false;
        return false;
    }

    /** Is this where the tuple's other end points? */
    public boolean isAt(boolean ipv4, long otherHigh, long otherLow) {
        return low == otherLow && high == otherHigh && address.isIpv4() == ipv4;
    }
}
