package io.pointsman.spi.userspace.tcp;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that unsent bytes of all connections may hold together. It is counted when something is left unsent, not when
 * bytes just go through. From half of it on, each connection is read in smaller portions, so that many slow readers have
 * room; beyond it, the event loop that holds most cuts its slowest. Safe on any thread.
 */
public final class UnsentLimit {
    /** What is read at once, and unsent bytes at which reading stops, where memory is short. */
    static final int SHORT_BYTES = 16 * 1024;

    /** Before a loop that is to cut gets round to it, others hold this much more at most. */
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

    /** Whose connections it is for. To be called once, before there are any. */
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

    /** The smaller of a size and what may be where memory is short. */
    int within(int bytes) {
        return isShort ? Math.min(bytes, SHORT_BYTES) : bytes;
    }

    /** One loop's connections hold more than before, or less. On that loop. */
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
