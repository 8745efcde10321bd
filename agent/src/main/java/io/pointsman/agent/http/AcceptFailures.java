package io.pointsman.agent.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs once a minute why a listener can't accept, while Netty would print a stack trace each second. */
final class AcceptFailures extends ChannelInboundHandlerAdapter {
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final Logger LOG = LoggerFactory.getLogger(AcceptFailures.class);

    private long lastNanos = System.nanoTime() - QUIET_NANOS;

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        final long nowNanos = System.nanoTime();
        if (nowNanos - lastNanos >= QUIET_NANOS) {
            lastNanos = nowNanos;
            LOG.warn(
                    "the HTTP port {} can't accept a connection, it retries in a second: {}",
                    context.channel().localAddress(),
                    cause.toString());
        }
    }
}
