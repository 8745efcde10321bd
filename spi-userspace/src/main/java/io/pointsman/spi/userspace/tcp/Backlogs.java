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

/** The sides of one event loop's connections that have something unsent. On that loop only, but for what says otherwise. */
public final class Backlogs {
    private static final RareWarning CUT = new RareWarning(
            LoggerFactory.getLogger(Backlogs.class),
            "max-unsent is used up: the slowest reader is reset, {} ({} others since this was last said)");
    private static final int FIRST_PLACES = 16;

    private final UnsentLimit limit;
    private final Executor loop;
    private final LongSupplier nanoClock;
    private final AtomicLong heldBytes = new AtomicLong(); // written by the loop, read by others
    private final AtomicBoolean cutting = new AtomicBoolean(); // on behalf of another loop, soon
    private @Nullable Backlog[] all = new Backlog[FIRST_PLACES];
    private int count;

    public Backlogs(UnsentLimit limit, Executor loop, LongSupplier nanoClock) {
        this.limit = limit;
        this.loop = loop;
        this.nanoClock = nanoClock;
    }

    /** Any thread. */
    long heldBytes() {
        return heldBytes.get();
    }

    /** Any thread. */
    UnsentLimit limit() {
        return limit;
    }

    /**
     * A side holds that much from now on, none when it has sent all or is closed. Where that is more than all may hold
     * together, the slowest is cut before this returns: it may be this one.
     *
     * @param heldBytes memory, not only what is to be sent
     * @param sentBytes what its socket took since the last call
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

    /** Resets the connections that read slowest until all together hold no more than they may. */
    void cut() {
        while (limit.isExceeded()) {
            final Backlog slowest = slowest();
            if (slowest == null) {
                return;
            }
            CUT.warn(slowest.about());
            slowest.cut();
            if (slowest.heldBytes() > 0) {
                update(slowest, 0, 0); // its socket would not be closed
            }
        }
    }

    /** The same, soon. Any thread. */
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
