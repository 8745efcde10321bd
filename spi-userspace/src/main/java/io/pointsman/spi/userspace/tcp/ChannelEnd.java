package io.pointsman.spi.userspace.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.SocketChannel;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A side that is a Netty channel, where there is no epoll. */
public final class ChannelEnd extends RelayEnd {
    private final SocketChannel socket;
    private final RelayLoop relayLoop;
    /** What a buffer holds of memory, however few of its bytes are in use: so the high-water mark is one of memory. */
    public static final MessageSizeEstimator MEMORY =
            () -> message -> message instanceof ByteBuf bytes ? bytes.capacity() : 0;

    private boolean isMarked; // told when what is unsent now is sent
    private int unreported; // bytes read since the engine was last told

    ChannelEnd(TcpRelay relay, RelayLoop relayLoop, SocketChannel socket) {
        super(relay);
        this.relayLoop = relayLoop;
        this.socket = socket;
        socket.pipeline().addLast(new Handler());
    }

    /** Puts an accepted socket on its event loop, which then runs this. */
    void register(Runnable ready) {
        final var _ = relayLoop.loop().register(socket).addListener(registered -> {
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
        final var _ = relayLoop.loop().register(socket).addListener(registered -> {
            if (registered.isSuccess()) {
                final var _ =
                        socket.connect(to, source).addListener(dialed -> relay().dialDone(this, dialed.isSuccess()));
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

    /** Counts what is unsent after some was written, or sent. */
    private void count(int writtenBytes) {
        final ChannelOutboundBuffer buffer = socket.unsafe().outboundBuffer();
        final long unsent = buffer == null ? 0 : buffer.totalPendingWriteBytes();
        if (unsent > 0 && !isMarked) {
            isMarked = true;
            final var _ = socket.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> relay().later(() -> {
                isMarked = false;
                count(0);
            }));
        }
        holds(relayLoop.backlogs(), unsent, Math.max(0, heldBytes() + writtenBytes - unsent));
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
                final int written = unreported;
                relay().transferred(ChannelEnd.this, written);
                unreported = 0;
                to.socket.flush();
                final ChannelOutboundBuffer left = to.socket.unsafe().outboundBuffer();
                if (left != null && !left.isEmpty()) {
                    to.count(written);
                }
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
            holds(relayLoop.backlogs(), 0, 0);
            gone();
        }
    }
}
