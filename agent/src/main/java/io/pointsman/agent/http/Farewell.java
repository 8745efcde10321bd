package io.pointsman.agent.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection after its last reply. Reads and discards what the client still sends for up to a second: closing
 * with unread bytes sends a reset, which can make the client lose the reply (RFC 9112, section 9.6).
 */
final class Farewell extends ChannelInboundHandlerAdapter {
    private static final long MAX_SECONDS = 1;
    private static final int MAX_DISCARDED_BYTES = 1 << 18;

    private final SocketChannel channel;
    private int discardedBytes;

    private Farewell(SocketChannel channel) {
        this.channel = channel;
    }

    static void begin(SocketChannel channel) {
        channel.pipeline().addFirst(new Farewell(channel));
        final ChannelFuture _ = channel.shutdownOutput(); // a connection that is gone already is closed below
        final Future<?> _ = channel.eventLoop().schedule(() -> close(channel), MAX_SECONDS, TimeUnit.SECONDS);
        channel.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        discardedBytes += message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
        ReferenceCountUtil.release(message);
        if (discardedBytes > MAX_DISCARDED_BYTES) {
            close(channel);
        }
    }

    private static void close(SocketChannel channel) {
        final ChannelFuture _ = channel.close(); // a close that fails leaves nothing to do
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.read();
    }
}
