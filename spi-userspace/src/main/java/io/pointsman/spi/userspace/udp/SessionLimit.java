package io.pointsman.spi.userspace.udp;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Limit on the number of UDP sessions of all event loops together. Safe on any thread. */
public final class SessionLimit {
    private static final int SLACK_SHARE = 16;
    private static final int LEAST_SLACK = 64; // more than one event can create

    private final int most;
    private final AtomicInteger count = new AtomicInteger();
    private volatile List<UdpSessionExpiry> loops = List.of();

    public SessionLimit(int most) {
        this.most = most;
    }

    /** Sets the event loops that share the limit. To be called once, before they have sessions. */
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

    /**
     * Whether the limit is exceeded by so much that a loop must end sessions of its own instead of waiting for the fullest
     * loop.
     */
    boolean isExceeded() {
        return count.get() > most + Math.max(LEAST_SLACK, most / SLACK_SHARE);
    }

    /** Event loop with the most sessions. */
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
