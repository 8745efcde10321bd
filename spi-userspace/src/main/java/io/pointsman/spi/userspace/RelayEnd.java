package io.pointsman.spi.userspace;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One side of a relayed connection: what is read here is written to the peer, in the same buffer.
 *
 * <p>Reading waits while the peer holds more unsent bytes than its high-water mark. A FIN travels in each direction by
 * itself, after the last byte; this side's socket is closed once a FIN went both ways through it. On the relay's event
 * loop only.
 */
final class RelayEnd extends ChannelInboundHandlerAdapter {
    private final TcpRelay relay;
    private final SocketChannel socket;
    private @Nullable RelayEnd peer; // none until connected
    private int unreported; // bytes read since the engine was last told
    private boolean inputEnded; // its FIN was read
    private boolean outputEnding; // nothing more is to be written
    private boolean outputEnded; // our FIN is sent
    private boolean outputBroken; // a write failed

    RelayEnd(TcpRelay relay, SocketChannel socket) {
        this.relay = relay;
        this.socket = socket;
    }

    SocketChannel socket() {
        return socket;
    }

    /** From now on both are read and their bytes exchanged. */
    static void join(RelayEnd one, RelayEnd other) {
        one.peer = other;
        other.peer = one;
        one.readOn();
        other.readOn();
    }

    private void readOn() {
        final RelayEnd to = peer;
        // Reading on after the FIN would make epoll report it again and again.
        if (to != null && !inputEnded && socket.isOpen() && (to.socket.isWritable() || to.outputEnding)) {
            socket.read();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        final ByteBuf bytes = (ByteBuf) message;
        final RelayEnd to = peer;
        if (to == null || to.outputEnding) {
            bytes.release(); // there is nobody left to take it
            return;
        }
        unreported += bytes.readableBytes();
        final var _ = to.socket.write(bytes, to.socket.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        final RelayEnd to = peer;
        if (to != null) {
            if (unreported > 0) {
                relay.transferred(this, unreported);
                unreported = 0;
                to.socket.flush();
            }
            readOn();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        final RelayEnd from = peer;
        if (from != null && socket.isWritable()) {
            from.readOn();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, @Nullable Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && !inputEnded) {
            inputEnded = true;
            final RelayEnd to = peer;
            if (outputBroken || to == null) {
                relay.abort();
                return;
            }
            if (outputEnded) {
                Sockets.close(socket);
            }
            to.endOutput();
        }
    }

    /** Sends the FIN once everything before it is written. */
    private void endOutput() {
        if (!outputEnding) {
            outputEnding = true;
            final var _ = socket.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(this::outputWritten);
        }
    }

    private void outputWritten(Future<?> written) {
        outputEnded = true;
        if (!written.isSuccess()) {
            relay.abort();
        } else if (inputEnded) {
            Sockets.close(socket);
        } else {
            final var _ = socket.shutdownOutput();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof ChannelOutputShutdownException) || inputEnded) {
            relay.abort();
        } else if (!outputBroken) {
            // The other side of this socket no longer listens; what it said before that is still to be read, as when a
            // server answers early and closes while its client goes on uploading.
            outputBroken = true;
            outputEnding = true;
            readOn();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        relay.closed(this, inputEnded && outputEnded);
    }
}
