package io.pointsman.spi.userspace.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RelayLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;

/**
 * Side of a relayed connection, for any kind of socket: bytes read here are written to the peer. They pass through the
 * one buffer of their loop, and are copied only if the other socket does not take them at once. The socket counts as
 * readable from an event until a read finds it empty.
 *
 * <p>Reading pauses while the peer holds more unsent bytes than its high-water mark. A FIN is forwarded in each direction
 * separately, after the last byte; this side's socket is closed once a FIN went both ways through it. On the relay's event
 * loop only.
 */
abstract sealed class RelayEnd implements RelayLoop.Closing permits EpollEnd, NioEnd {
    private static final int READS_AT_ONCE = 4;

    private final TcpRelay relay;
    private final ProxyContext proxy;
    private final RelayLoop relayLoop;
    private @Nullable RelayEnd peer; // none until connected
    private @Nullable Runnable whenGone; // set for a dropped connection, which has no peer
    private @Nullable Backlog backlog; // none until something was left unsent
    private @Nullable ByteBuf unsent; // what the kernel did not take; none most of the time
    private boolean open = true;
    private boolean readable;
    private boolean ending; // the kernel has reported the end of the input
    private boolean urgent; // the kernel has reported urgent data, at which a read stops although more follows
    private boolean full; // too much is unsent
    private boolean reading;
    private boolean inputEnded; // the peer's FIN was read
    private boolean outputEnding; // no more bytes follow
    private boolean outputEnded; // our FIN is sent
    private boolean outputBroken; // a write failed

    RelayEnd(TcpRelay relay, ProxyContext proxy, RelayLoop relayLoop) {
        this.relay = relay;
        this.proxy = proxy;
        this.relayLoop = relayLoop;
    }

    /**
     * Registers the socket with the event loop. If that fails, the socket is closed, the relay is notified, and this returns
     * false.
     */
    abstract boolean register();

    /** Dials. The relay gets the outcome, unless this side is closed before. To be called at most once. */
    abstract void connect(InetSocketAddress to, @Nullable InetSocketAddress source);

    /**
     * Reads into the buffer from its beginning; returns the number of bytes, below zero at the end of the input, 0 if there
     * are none now.
     */
    abstract int receive(ByteBuffer buffer, int bytes) throws IOException;

    /** Sends the bytes between two positions; returns how many the kernel took. */
    abstract int transmit(ByteBuffer bytes, int from, int to) throws IOException;

    /** Sends the FIN. */
    abstract void shutdownOutput();

    /** Holds back a partial segment, so that the FIN leaves with the last bytes. Called if the end of the input is known. */
    abstract void cork();

    /** Makes a close send a RST, not a FIN. */
    abstract void resetOnClose();

    /** Sets the events to wait for; does nothing on a socket that is registered for all. */
    abstract void await(boolean input, boolean output);

    /** Connects two ends: each is read, and its bytes are written to the other. */
    static void join(RelayEnd one, RelayEnd other) {
        one.peer = other;
        other.peer = one;
        one.readOn();
        other.readOn();
    }

    /** Sends a header to the endpoint before all other bytes, and releases it. */
    final void announce(ByteBuf header) {
        final ByteBuffer bytes = header.internalNioBuffer(header.readerIndex(), header.readableBytes());
        send(bytes, bytes.position(), bytes.limit());
        header.release();
    }

    /** Notes that there is input, and whether its end is known to follow. */
    final void inputReady(boolean isEnding) {
        readable = true;
        ending |= isEnding;
    }

    /** Notes that the input may hold urgent data. */
    final void urgentReady() {
        urgent = true;
    }

    /** Discards all input until the client closes the connection or it is reset. */
    final void hold(Runnable whenGone) {
        this.whenGone = whenGone;
        readOn();
    }

    /** Reads from the socket, now or when it is readable, while the peer can take the bytes. */
    final void readOn() {
        if (reading) {
            return; // the loop below continues by itself
        }
        reading = true;
        try {
            final ByteBuffer buffer = relayLoop.buffer();
            for (int left = READS_AT_ONCE; readable && mayRead(); left--) {
                if (left == 0) {
                    relay.later(this::readOn); // let other connections run first
                    break;
                }
                read(buffer);
            }
        } finally {
            reading = false;
        }
        watch();
    }

    private void read(ByteBuffer buffer) {
        final int room = relayLoop.backlogs().limit().within(buffer.capacity());
        final int read;
        try {
            read = receive(buffer, room);
        } catch (IOException | NotYetConnectedException _) {
            readable = false;
            failed();
            return;
        }
        if (read < 0) {
            readable = false;
            inputEnded();
            return;
        }
        readable = read == room || ((ending || urgent) && read > 0);
        urgent &= read > 0;
        final RelayEnd to = peer;
        if (read > 0 && to != null && !to.outputEnding) {
            relay.transferred(this, read);
            if (ending) {
                to.cork();
            }
            to.send(buffer, 0, read);
        }
    }

    /**
     * Whether bytes read here can be written or discarded. False after the FIN, which every further read would report again.
     */
    private boolean mayRead() {
        final RelayEnd to = peer;
        return !inputEnded && open && (to == null ? whenGone != null : !to.full || to.outputEnding);
    }

    private void send(ByteBuffer bytes, int from, int to) {
        int sent = from;
        if (unsent == null) {
            try {
                sent += transmit(bytes, from, to);
            } catch (IOException | NotYetConnectedException _) {
                outputFailed();
                return;
            }
            if (sent == to) {
                return;
            }
            unsent = PooledByteBufAllocator.DEFAULT.directBuffer(to - sent);
        }
        final ByteBuf left = unsent;
        left.discardReadBytes(); // else the buffer would grow as long as the reader lags
        left.writeBytes(bytes.duplicate().limit(to).position(sent));
        full = full
                || left.readableBytes()
                        > relayLoop.backlogs().limit().within(proxy.settings().writeBufferHigh());
        watch();
        holds(left.capacity(), sent - from);
    }

    /** Sends the unsent bytes, when the kernel takes more. */
    final void flush() {
        final ByteBuf left = unsent;
        if (left == null) {
            return;
        }
        try {
            final ByteBuffer bytes = left.internalNioBuffer(left.readerIndex(), left.readableBytes());
            final int sent = transmit(bytes, bytes.position(), bytes.limit());
            left.skipBytes(sent);
            holds(left.capacity(), sent);
        } catch (IOException | NotYetConnectedException _) {
            forgetUnsent();
            outputFailed();
            return;
        }
        final int bytes = left.readableBytes();
        if (bytes == 0) {
            forgetUnsent();
            if (outputEnding) {
                outputWritten();
                return;
            }
        }
        if (full && bytes < relayLoop.backlogs().limit().within(proxy.settings().writeBufferLow())) {
            full = false;
        }
        final RelayEnd from = peer;
        if (from != null && !full) {
            from.readOn();
        }
    }

    private void forgetUnsent() {
        if (unsent != null) {
            unsent.release();
            unsent = null;
            watch();
            holds(0, 0);
        }
        full = false;
    }

    private void watch() {
        if (open) {
            await(!readable && !inputEnded, unsent != null);
        }
    }

    /** Reports the memory that unsent bytes hold here. Must be the last call of a method: it may close this side. */
    private void holds(long heldBytes, long sentBytes) {
        if (backlog == null) {
            if (heldBytes == 0) {
                return;
            }
            backlog = new Backlog(relay, relay::abort);
        }
        relayLoop.backlogs().update(backlog, heldBytes, sentBytes);
    }

    final TcpRelay relay() {
        return relay;
    }

    final RelayLoop relayLoop() {
        return relayLoop;
    }

    public final boolean isOpen() {
        return open;
    }

    /** Closes this side if it is open; called when the event loop ends, too. */
    public final void close() {
        if (open) {
            open = false;
            forgetUnsent();
            relayLoop.closeSoon(this);
            gone();
        }
    }

    /** Closes with a RST, not a FIN; unsent bytes are lost. */
    final void reset() {
        if (open) {
            resetOnClose();
            close();
        }
    }

    /** Handles the peer's FIN. */
    private void inputEnded() {
        if (inputEnded) {
            return;
        }
        inputEnded = true;
        final RelayEnd to = peer;
        if (to == null && whenGone != null) {
            close();
        } else if (outputBroken || to == null) {
            relay.abort();
        } else {
            if (outputEnded) {
                close();
            }
            to.endOutput();
        }
    }

    private void endOutput() {
        if (!outputEnding) {
            outputEnding = true;
            if (unsent == null) {
                outputWritten();
            }
        }
    }

    /** Ends the output after the last byte: sends a FIN, or closes the socket if the input has ended too. */
    private void outputWritten() {
        outputEnded = true;
        if (inputEnded) {
            close();
        } else {
            shutdownOutput();
        }
    }

    /** Handles a failed write: unsent bytes are lost. */
    private void outputFailed() {
        if (inputEnded) {
            relay.abort();
        } else if (!outputBroken) {
            // The peer no longer reads. What it sent before is still to be relayed, for example if a server answers
            // early and closes while its client is still uploading.
            outputBroken = true;
            outputEnding = true;
            readOn();
        }
    }

    /** Handles an error of the socket. */
    final void failed() {
        if (whenGone == null) {
            relay.abort();
        } else {
            reset();
        }
    }

    /** Notifies the owner that the socket is closed. */
    private void gone() {
        if (whenGone == null) {
            relay.closed(this, inputEnded && outputEnded);
        } else {
            whenGone.run();
        }
    }
}
