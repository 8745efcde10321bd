package io.pointsman.spi.userspace;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.pointsman.plan.PoolEndpoint;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The UDP sessions of one event loop, in the order of their last datagram: bounded in number, forgotten when idle. On
 * that loop only.
 */
final class UdpSessions {
    private static final long LONGEST_TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SHORTEST_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int TICKS_PER_TIMEOUT = 4; // a session outlives its timeout by a quarter of it at most

    private final EventLoop loop;
    private final LongSupplier nanoClock;
    private final long unrepliedNanos;
    private final long streamNanos;
    private final long tickNanos;
    private final int most;
    // One set for each timeout, so that the first of each is the next to expire.
    private final SequencedSet<UdpSession> unreplied = new LinkedHashSet<>();
    private final SequencedSet<UdpSession> streams = new LinkedHashSet<>();
    private @Nullable ScheduledFuture<?> sweeper; // while there are sessions

    UdpSessions(EventLoop loop, UserspaceSettings settings, LongSupplier nanoClock, int most) {
        this.loop = loop;
        this.nanoClock = nanoClock;
        this.unrepliedNanos = settings.udpUnrepliedTimeout().toNanos();
        this.streamNanos = settings.udpStreamTimeout().toNanos();
        this.tickNanos = Math.clamp(unrepliedNanos / TICKS_PER_TIMEOUT, SHORTEST_TICK_NANOS, LONGEST_TICK_NANOS);
        this.most = most;
    }

    int size() {
        return unreplied.size() + streams.size();
    }

    /** Makes room for one more, at the expense of the longest unanswered session, else of the longest idle. */
    void makeRoom() {
        while (size() >= most) {
            evict();
        }
    }

    /** Ends the session that is missed least; false when there is none. */
    boolean evict() {
        if (size() == 0) {
            return false;
        }
        (unreplied.isEmpty() ? streams : unreplied).removeFirst().end();
        return true;
    }

    /** A datagram went through it. */
    void touch(UdpSession session) {
        session.lastDatagramNanos(nanoClock.getAsLong());
        if (session.isReplied()) {
            unreplied.remove(session);
            streams.addLast(session); // moves it when it is there
        } else {
            unreplied.addLast(session);
        }
        if (sweeper == null) {
            sweeper = loop.scheduleWithFixedDelay(this::sweep, tickNanos, tickNanos, TimeUnit.NANOSECONDS);
        }
    }

    void remove(UdpSession session) {
        unreplied.remove(session);
        streams.remove(session);
        if (size() == 0 && sweeper != null) {
            sweeper.cancel(false);
            sweeper = null;
        }
    }

    /** Where they go. */
    Set<PoolEndpoint> endpoints() {
        final Set<PoolEndpoint> endpoints = new HashSet<>();
        unreplied.forEach(session -> endpoints.add(session.endpoint()));
        streams.forEach(session -> endpoints.add(session.endpoint()));
        return endpoints;
    }

    void endAll() {
        while (evict()) {
            // each removes itself
        }
    }

    private void sweep() {
        final long now = nanoClock.getAsLong();
        expire(unreplied, now - unrepliedNanos);
        expire(streams, now - streamNanos);
    }

    private static void expire(SequencedSet<UdpSession> sessions, long lastNanos) {
        while (!sessions.isEmpty() && sessions.getFirst().lastDatagramNanos() - lastNanos <= 0) {
            sessions.removeFirst().end();
        }
    }
}
