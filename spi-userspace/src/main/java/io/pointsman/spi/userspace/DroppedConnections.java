package io.pointsman.spi.userspace;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * TCP connections that a rule drops. The kernel answered their SYN before anybody was asked, so the nearest thing to
 * silence is to say nothing more: what the client sends is thrown away, until it goes or its time is up. Safe on any
 * thread.
 */
final class DroppedConnections {
    private final int most;
    private final long holdNanos;
    private final AtomicInteger held = new AtomicInteger();

    /**
     * @param most how many are held at once; any further is reset
     * @param hold how long each is held
     */
    DroppedConnections(int most, Duration hold) {
        this.most = most;
        this.holdNanos = hold.toNanos();
    }

    /** How many are held now. */
    int size() {
        return held.get();
    }

    /** Takes over an accepted connection that nothing was read from. On its event loop. */
    void hold(SocketChannel client) {
        if (holdNanos == 0 || held.incrementAndGet() > most) {
            if (holdNanos != 0) {
                held.decrementAndGet();
            }
            Sockets.reset(client);
            return;
        }
        client.pipeline().addLast(new Silence(client));
        client.read();
    }

    private final class Silence extends ChannelInboundHandlerAdapter implements Runnable {
        private final SocketChannel client;
        private final ScheduledFuture<?> deadline;

        Silence(SocketChannel client) {
            this.client = client;
            this.deadline = client.eventLoop().schedule(this, holdNanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public void run() {
            Sockets.reset(client);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.read();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, @Nullable Object event) {
            Sockets.close(client); // the only event before a close of ours: the client's FIN
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            Sockets.reset(client);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            deadline.cancel(false);
            held.decrementAndGet();
        }
    }
}
