package io.pointsman.spi.userspace.tcp;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * TCP connections that a rule drops. The kernel completes the handshake before the rule is evaluated. To come close to a
 * silent drop, such a connection is kept without an answer and its input is discarded, until the client closes it or the
 * hold time ends. Safe on any thread.
 */
public final class DroppedConnections {
    private final int most;
    private final long holdNanos;
    private final AtomicInteger held = new AtomicInteger();

    /**
     * Creates an empty set of dropped connections.
     *
     * @param most maximum number held at once; beyond, a connection is reset
     * @param hold time that each is held; zero: each is reset at once
     */
    public DroppedConnections(int most, Duration hold) {
        this.most = most;
        this.holdNanos = hold.toNanos();
    }

    /** Number of connections held now. */
    public int size() {
        return held.get();
    }

    /** Takes over an accepted connection of which nothing was read. On its event loop. */
    void hold(RelayEnd client, EventLoop loop) {
        if (holdNanos == 0 || held.incrementAndGet() > most) {
            if (holdNanos != 0) {
                held.decrementAndGet();
            }
            client.reset();
            return;
        }
        final ScheduledFuture<?> deadline = loop.schedule(client::reset, holdNanos, TimeUnit.NANOSECONDS);
        client.hold(() -> {
            deadline.cancel(false);
            held.decrementAndGet();
        });
    }
}
