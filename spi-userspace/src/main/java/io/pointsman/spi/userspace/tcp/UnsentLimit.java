package io.pointsman.spi.userspace.tcp;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limit on the memory that unsent bytes of all connections may hold together. Only bytes that a socket did not take are
 * counted. Above half the limit, connections are read in smaller portions, so that many slow readers have room. Above the
 * limit, the event loop that holds most cuts its slowest reader. Safe on any thread.
 */
public final class UnsentLimit {
    /** Size of a read, and of unsent bytes at which reading pauses, if memory is short. */
    static final int SHORT_BYTES = 16 * 1024;

    /**
     * Factor by which the limit may be exceeded before a loop cuts its own reader instead of waiting for the fullest loop.
     */
    private static final double SLACK = 1.25;

    private final long maxBytes;
    private final long shortageBytes;
    private final AtomicLong heldBytes = new AtomicLong();
    private volatile boolean isShort;
    private volatile List<Backlogs> loops = List.of();

    public UnsentLimit(long maxBytes) {
        this.maxBytes = maxBytes;
        this.shortageBytes = maxBytes / 2;
    }

    /** Sets the event loops that share the limit. To be called once, before they have connections. */
    public void watch(List<Backlogs> loops) {
        this.loops = List.copyOf(loops);
    }

    long heldBytes() {
        return heldBytes.get();
    }

    boolean isExceeded() {
        return heldBytes.get() > maxBytes;
    }

    /** Whether more than half is held. */
    boolean isShort() {
        return isShort;
    }

    /** Returns the given size, reduced to {@link #SHORT_BYTES} if memory is short. */
    int within(int bytes) {
        return isShort ? Math.min(bytes, SHORT_BYTES) : bytes;
    }

    /** Adds to the memory that a loop's connections hold; {@code moreBytes} may be negative. On that loop. */
    void changed(Backlogs one, long moreBytes) {
        final long held = heldBytes.addAndGet(moreBytes);
        if (isShort != held > shortageBytes) {
            isShort = held > shortageBytes;
        }
        if (moreBytes > 0 && held > maxBytes) {
            final Backlogs most = holdsMost(one);
            if (most.equals(one) || held > maxBytes * SLACK) {
                one.cut();
            } else {
                most.cutSoon();
            }
        }
    }

    private Backlogs holdsMost(Backlogs one) {
        Backlogs most = one;
        for (Backlogs other : loops) {
            if (other.heldBytes() > most.heldBytes()) {
                most = other;
            }
        }
        return most;
    }
}
