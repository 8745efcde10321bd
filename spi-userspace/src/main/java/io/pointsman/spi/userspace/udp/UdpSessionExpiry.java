package io.pointsman.spi.userspace.udp;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.spi.userspace.UserspaceSettings;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * UDP sessions of one event loop, in the order of their last datagram. Bounds their number and ends idle ones. On that loop
 * only, except {@link #size} and {@link #evictSoon}.
 */
public final class UdpSessionExpiry {
    private static final long LONGEST_TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SHORTEST_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int TICKS_PER_TIMEOUT = 4; // a session outlives its timeout by at most a quarter
    private static final int WAITING_SHARE = 2;

    private final EventLoop loop;
    private final LongSupplier nanoClock;
    private final long unrepliedNanos;
    private final long streamNanos;
    private final long tickNanos;
    private final SessionLimit limit;
    private final AtomicInteger size = new AtomicInteger(); // written by the loop, read by others
    private final AtomicBoolean evicting = new AtomicBoolean(); // an eviction requested by another loop is queued
    // Ordered by last datagram, so that the first of each expires next.
    private final SequencedSet<UdpSession> waiting = new LinkedHashSet<>();
    private final SequencedSet<UdpSession> over = new LinkedHashSet<>();
    private final SequencedSet<UdpSession> streams = new LinkedHashSet<>();
    private @Nullable ScheduledFuture<?> sweeper; // while there are sessions

    public UdpSessionExpiry(EventLoop loop, UserspaceSettings settings, LongSupplier nanoClock, SessionLimit limit) {
        this.loop = loop;
        this.nanoClock = nanoClock;
        this.unrepliedNanos = settings.udpUnrepliedTimeout().toNanos();
        this.streamNanos = settings.udpStreamTimeout().toNanos();
        this.tickNanos = Math.clamp(unrepliedNanos / TICKS_PER_TIMEOUT, SHORTEST_TICK_NANOS, LONGEST_TICK_NANOS);
        this.limit = limit;
    }

    /** Number of sessions. Any thread. */
    int size() {
        return size.get();
    }

    /** Makes room for one more session by ending the least useful one; false if there is none to end. */
    boolean makeRoom() {
        while (limit.isReached()) {
            final UdpSessionExpiry fullest = limit.fullest(this);
            if (fullest.equals(this) || limit.isExceeded()) {
                if (!evict()) {
                    return false;
                }
            } else {
                fullest.evictSoon();
                return true;
            }
        }
        return true;
    }

    /** Queues the end of a session on the event loop. Any thread. */
    private void evictSoon() {
        if (evicting.compareAndSet(false, true)) {
            loop.execute(() -> {
                evicting.set(false);
                while (limit.isReached() && evict()) {
                    // one more
                }
            });
        }
    }

    /**
     * Ends the least useful session; false if there is none. First choice is a session whose queries are all answered, else
     * the one idle longest. If sessions that wait for an answer are more than half of the limit, one of these ends: anyone
     * can create them with forged source addresses.
     */
    boolean evict() {
        if (size() == 0) {
            return false;
        }
        final SequencedSet<UdpSession> from;
        if (!over.isEmpty()) {
            from = over;
        } else if (waiting.isEmpty() || streams.isEmpty()) {
            from = waiting.isEmpty() ? streams : waiting;
        } else if (waiting.size() > limit.most() / WAITING_SHARE) {
            from = waiting;
        } else {
            final long idleLonger =
                    waiting.getFirst().lastDatagramNanos() - streams.getFirst().lastDatagramNanos();
            from = idleLonger <= 0 ? waiting : streams;
        }
        from.getFirst().end(); // which removes the session
        return true;
    }

    /** Records that a datagram of this session passed. */
    void touch(UdpSession session) {
        session.lastDatagramNanos(nanoClock.getAsLong());
        final UdpSession.Phase now = session.phase();
        final UdpSession.Phase before = session.listedAs();
        if (before == null) {
            count(1);
        } else if (before != now) {
            in(before).remove(session);
        }
        session.listedAs(now);
        in(now).addLast(session); // moves the session if it is listed already
        if (sweeper == null) {
            sweeper = loop.scheduleWithFixedDelay(this::sweep, tickNanos, tickNanos, TimeUnit.NANOSECONDS);
        }
    }

    void remove(UdpSession session) {
        final UdpSession.Phase before = session.listedAs();
        if (before != null) {
            in(before).remove(session);
            session.listedAs(null);
            count(-1);
        }
        if (size() == 0 && sweeper != null) {
            sweeper.cancel(false);
            sweeper = null;
        }
    }

    private SequencedSet<UdpSession> in(UdpSession.Phase phase) {
        return switch (phase) {
            case WAITING -> waiting;
            case OVER -> over;
            case STREAM -> streams;
        };
    }

    private void count(int more) {
        size.lazySet(size.get() + more);
        limit.changed(more);
    }

    /** Endpoints of all sessions. */
    public Set<PoolEndpoint> endpoints() {
        final Set<PoolEndpoint> endpoints = new HashSet<>();
        for (SequencedSet<UdpSession> queue : List.of(waiting, over, streams)) {
            queue.forEach(session -> endpoints.add(session.endpoint()));
        }
        return endpoints;
    }

    public void endAll() {
        while (evict()) {
            // each removes itself
        }
    }

    private void sweep() {
        final long now = nanoClock.getAsLong();
        expire(waiting, now - unrepliedNanos);
        expire(over, now - unrepliedNanos);
        expire(streams, now - streamNanos);
    }

    private static void expire(SequencedSet<UdpSession> sessions, long lastNanos) {
        while (!sessions.isEmpty() && sessions.getFirst().lastDatagramNanos() - lastNanos <= 0) {
            sessions.getFirst().end();
        }
    }
}
