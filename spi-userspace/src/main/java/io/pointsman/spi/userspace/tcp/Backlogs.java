package io.pointsman.spi.userspace.tcp;

import io.pointsman.spi.userspace.loop.RareWarning;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Backlogs of one event loop's connections. On that loop only, except for methods that say otherwise. */
public final class Backlogs {
    private static final RareWarning CUT = new RareWarning(
            LoggerFactory.getLogger(Backlogs.class),
            "max-unsent is used up: the slowest reader is reset, {} ({} others since the last such message)");
    private static final int FIRST_PLACES = 16;

    private final UnsentLimit limit;
    private final Executor loop;
    private final LongSupplier nanoClock;
    private final AtomicLong heldBytes = new AtomicLong(); // written by the loop, read by others
    private final AtomicBoolean cutting = new AtomicBoolean(); // a cut requested by another loop is queued
    private @Nullable Backlog[] all = new Backlog[FIRST_PLACES];
    private int count;

    public Backlogs(UnsentLimit limit, Executor loop, LongSupplier nanoClock) {
        this.limit = limit;
        this.loop = loop;
        this.nanoClock = nanoClock;
    }

    /** Memory held by all backlogs of this loop, in bytes. Any thread. */
    long heldBytes() {
        return heldBytes.get();
    }

    /** Limit that all loops share. Any thread. */
    UnsentLimit limit() {
        return limit;
    }

    /**
     * Sets the memory that a backlog holds: none if everything is sent or the side is closed. If all loops together exceed
     * the limit, the slowest connection is cut before this returns, which may be this one.
     *
     * @param heldBytes memory held, in bytes; may be more than the bytes to send
     * @param sentBytes bytes that the socket took since the last call
     */
    void update(Backlog backlog, long heldBytes, long sentBytes) {
        final long more = heldBytes - backlog.heldBytes();
        if (backlog.heldBytes() == 0) {
            if (more == 0) {
                return;
            }
            enter(backlog);
        } else {
            backlog.sent(sentBytes, nanoClock.getAsLong());
        }
        backlog.holds(heldBytes);
        if (heldBytes == 0) {
            leave(backlog);
        }
        if (more != 0) {
            this.heldBytes.lazySet(this.heldBytes.get() + more);
            limit.changed(this, more);
        }
    }

    private void enter(Backlog backlog) {
        if (count == all.length) {
            all = Arrays.copyOf(all, count * 2);
        }
        backlog.begin(nanoClock.getAsLong());
        backlog.place = count;
        all[count++] = backlog;
    }

    private void leave(Backlog backlog) {
        final Backlog last = at(--count);
        all[backlog.place] = last;
        last.place = backlog.place;
        all[count] = null;
    }

    /** Resets the slowest readers until all loops together are within the limit. */
    void cut() {
        while (limit.isExceeded()) {
            final Backlog slowest = slowest();
            if (slowest == null) {
                return;
            }
            CUT.warn(slowest.about());
            slowest.cut();
            if (slowest.heldBytes() > 0) {
                update(slowest, 0, 0); // else an unclosed socket would be chosen again
            }
        }
    }

    /** Queues a {@link #cut} on the event loop. Any thread. */
    void cutSoon() {
        if (cutting.compareAndSet(false, true)) {
            loop.execute(() -> {
                cutting.set(false);
                cut();
            });
        }
    }

    private Backlog at(int place) {
        return Objects.requireNonNull(all[place], "there is one at each place below the count");
    }

    private @Nullable Backlog slowest() {
        final long now = nanoClock.getAsLong();
        Backlog slowest = null;
        double most = 0;
        for (int i = 0; i < count; i++) {
            final Backlog one = at(i);
            final double slowness = one.slowness(now);
            if (slowest == null || slowness > most) {
                slowest = one;
                most = slowness;
            }
        }
        return slowest;
    }
}
