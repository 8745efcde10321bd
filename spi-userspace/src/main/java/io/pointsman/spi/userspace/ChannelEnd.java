package io.pointsman.spi.userspace;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A side that is a Netty channel, where there is no epoll. */
final class ChannelEnd extends RelayEnd {
    private final SocketChannel socket;
    private final Lane lane;
    private int unreported; // bytes read since the engine was last told

    ChannelEnd(TcpRelay relay, Lane lane, SocketChannel socket) {
        super(relay);
        this.lane = lane;
        this.socket = socket;
        socket.pipeline().addLast(new Handler());
    }

    /** Puts an accepted socket on its event loop, which then runs this. */
    void register(Runnable ready) {
        final var _ = lane.loop().register(socket).addListener(registered -> {
            if (registered.isSuccess()) {
                ready.run();
            } else {
                socket.unsafe().closeForcibly();
                gone();
            }
        });
    }

    @Override
    void connect(InetSocketAddress to, @Nullable InetSocketAddress source) {
        final var _ = lane.loop().register(socket).addListener(registered -> {
            if (registered.isSuccess()) {
                final var _ =
                        socket.connect(to, source).addListener(dialed -> relay().dialed(this, dialed.isSuccess()));
            } else {
                relay().dialed(this, false);
            }
        });
    }

    @Override
    void announce(ByteBuf header) {
        final var _ = socket.writeAndFlush(header, socket.voidPromise());
    }

    @Override
    boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    void close() {
        Sockets.close(socket);
    }

    @Override
    void reset() {
        Sockets.reset(socket);
    }

    @Override
    void readOn() {
        if (mayRead()) {
            socket.read();
        }
    }

    @Override
    boolean isWritable() {
        return socket.isWritable();
    }

    @Override
    void finishOutput() {
        final var _ = socket.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (written.isSuccess()) {
                outputWritten();
            } else {
                relay().abort();
            }
        });
    }

    @Override
    void shutdownOutput() {
        final var _ = socket.shutdownOutput();
    }

    private final class Handler extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            final ByteBuf bytes = (ByteBuf) message;
            final ChannelEnd to = (ChannelEnd) peer();
            if (to == null || to.isOutputEnding()) {
                bytes.release(); // there is nobody left to take it
                return;
            }
            unreported += bytes.readableBytes();
            final var _ = to.socket.write(bytes, to.socket.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            final ChannelEnd to = (ChannelEnd) peer();
            if (to != null && unreported > 0) {
                relay().transferred(ChannelEnd.this, unreported);
                unreported = 0;
                to.socket.flush();
            }
            readOn();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            final RelayEnd from = peer();
            if (from != null && socket.isWritable()) {
                from.readOn();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, @Nullable Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                inputEnded();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (cause instanceof ChannelOutputShutdownException) {
                outputFailed();
            } else {
                failed();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            gone();
        }
    }
}
