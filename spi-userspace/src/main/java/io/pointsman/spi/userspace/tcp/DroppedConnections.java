package io.pointsman.spi.userspace.tcp;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * TCP connections that a rule drops. The kernel answered their SYN before anybody was asked, so the nearest thing to
 * silence is to say nothing more: what the client sends is thrown away, until it goes or its time is up. Safe on any
 * thread.
 */
public final class DroppedConnections {
    private final int most;
    private final long holdNanos;
    private final AtomicInteger held = new AtomicInteger();

    /**
     * @param most how many are held at once; any further is reset
     * @param hold how long each is held
     */
    public DroppedConnections(int most, Duration hold) {
        this.most = most;
        this.holdNanos = hold.toNanos();
    }

    /** How many are held now. */
    public int size() {
        return held.get();
    }

    /** Takes over an accepted connection that nothing was read from. On its event loop. */
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
