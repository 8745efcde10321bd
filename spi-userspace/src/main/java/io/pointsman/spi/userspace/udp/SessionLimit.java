package io.pointsman.spi.userspace.udp;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** How many UDP sessions there may be on all event loops together, wherever they are. Safe on any thread. */
public final class SessionLimit {
    private static final int SLACK_SHARE = 16;
    private static final int LEAST_SLACK = 64; // more than one event brings

    private final int most;
    private final AtomicInteger count = new AtomicInteger();
    private volatile List<UdpSessionExpiry> loops = List.of();

    public SessionLimit(int most) {
        this.most = most;
    }

    /** Whose sessions it is for. To be called once, before there are any. */
    public void watch(List<UdpSessionExpiry> loops) {
        this.loops = List.copyOf(loops);
    }

    int most() {
        return most;
    }

    void changed(int more) {
        count.addAndGet(more);
    }

    boolean isReached() {
        return count.get() >= most;
    }

    /** So far beyond, while another event loop has not got round to ending some of its own, that this one is to. */
    boolean isExceeded() {
        return count.get() > most + Math.max(LEAST_SLACK, most / SLACK_SHARE);
    }

    /** The event loop that has most. */
    UdpSessionExpiry fullest(UdpSessionExpiry one) {
        UdpSessionExpiry fullest = one;
        for (UdpSessionExpiry other : loops) {
            if (other.size() > fullest.size()) {
                fullest = other;
            }
        }
        return fullest;
    }
}
