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
 * One side of a relayed connection, whatever its socket is made of: what is read here is written to the peer. Bytes go from one
 * socket to the other through the one buffer of their loop, and are copied only when the other does not take them at once.
 * What the socket was last said to have for us is remembered until the kernel says "not now".
 *
 * <p>Reading waits while the peer holds more unsent bytes than its high-water mark. A FIN travels in each direction by
 * itself, after the last byte; this side's socket is closed once a FIN went both ways through it. On the relay's event
 * loop only.
 */
abstract sealed class RelayEnd implements RelayLoop.Closing permits EpollEnd, NioEnd {
    private static final int READS_AT_ONCE = 4;

    private final TcpRelay relay;
    private final ProxyContext proxy;
    private final RelayLoop relayLoop;
    private @Nullable RelayEnd peer; // none until connected
    private @Nullable Runnable whenGone; // held in silence: nobody relays for it
    private @Nullable Backlog backlog; // none until something was left unsent
    private @Nullable ByteBuf unsent; // what the kernel did not take; none most of the time
    private boolean open = true;
    private boolean readable;
    private boolean ending; // the kernel holds the end of the input
    private boolean full; // too much is unsent
    private boolean reading;
    private boolean inputEnded; // its FIN was read
    private boolean outputEnding; // nothing more is to be written
    private boolean outputEnded; // our FIN is sent
    private boolean outputBroken; // a write failed

    RelayEnd(TcpRelay relay, ProxyContext proxy, RelayLoop relayLoop) {
        this.relay = relay;
        this.proxy = proxy;
        this.relayLoop = relayLoop;
    }

    /** Has the event loop report to this end; false when it refuses, the socket then closed and the relay told. */
    abstract boolean register();

    /** Dials; the relay is told how that went, unless this side is closed before. To be called once at most. */
    abstract void connect(InetSocketAddress to, @Nullable InetSocketAddress source);

    /** Reads into the buffer from its beginning; below zero at the end, 0 when there is nothing now. */
    abstract int receive(ByteBuffer buffer, int bytes) throws IOException;

    /** Sends bytes between two places; returns how many the kernel took. */
    abstract int transmit(ByteBuffer bytes, int from, int to) throws IOException;

    /** Sends the FIN. */
    abstract void shutdownOutput();

    /** The FIN is to travel with the last bytes, in one segment: the end of what is sent next is known already. */
    abstract void cork();

    /** Has a close send a RST, not a FIN. */
    abstract void resetOnClose();

    /** Has the event loop tell of this and of nothing else, where it does not tell of all that changes anyhow. */
    abstract void await(boolean input, boolean output);

    /** From now on both are read and their bytes exchanged. */
    static void join(RelayEnd one, RelayEnd other) {
        one.peer = other;
        other.peer = one;
        one.readOn();
        other.readOn();
    }

    /** Sends the endpoint a header, in front of all else; takes it over. */
    final void announce(ByteBuf header) {
        final ByteBuffer bytes = header.internalNioBuffer(header.readerIndex(), header.readableBytes());
        send(bytes, bytes.position(), bytes.limit());
        header.release();
    }

    /** There is something to read, the end of the input as well, if that is known. */
    final void inputReady(boolean isEnding) {
        readable = true;
        ending |= isEnding;
    }

    /** Throws away what comes, until the client ends or breaks the connection or somebody resets it. */
    final void hold(Runnable whenGone) {
        this.whenGone = whenGone;
        readOn();
    }

    /** Takes more from the socket, now or when there is more, as long as it has where to go. */
    final void readOn() {
        if (reading) {
            return; // the loop below goes on by itself
        }
        reading = true;
        try {
            final ByteBuffer buffer = relayLoop.buffer();
            for (int left = READS_AT_ONCE; readable && mayRead(); left--) {
                if (left == 0) {
                    relay.later(this::readOn); // others first
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
        readable = read == room || (ending && read > 0);
        final RelayEnd to = peer;
        if (read > 0 && to != null && !to.outputEnding) {
            relay.transferred(this, read);
            if (ending) {
                to.cork();
            }
            to.send(buffer, 0, read);
        }
    }

    /** Whether bytes read here have where to go. Reading on after the FIN would make the kernel report it without end. */
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
        left.discardReadBytes(); // else it would grow as long as the other side lags behind
        left.writeBytes(bytes.duplicate().limit(to).position(sent));
        full = full
                || left.readableBytes()
                        > relayLoop.backlogs().limit().within(proxy.settings().writeBufferHigh());
        watch();
        holds(left.capacity(), sent - from);
    }

    /** The kernel takes more. */
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

    /** So much memory is held by what is unsent here. The last thing to be called: it may close this side. */
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

    /** Closes, unless closed. Also when the event loop ends. */
    public final void close() {
        if (open) {
            open = false;
            forgetUnsent();
            relayLoop.closeSoon(this);
            gone();
        }
    }

    /** Closes with a RST, not with a FIN; what is not sent yet is lost. */
    final void reset() {
        if (open) {
            resetOnClose();
            close();
        }
    }

    /** Its FIN came. */
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

    /** The last byte is sent. */
    private void outputWritten() {
        outputEnded = true;
        if (inputEnded) {
            close();
        } else {
            shutdownOutput();
        }
    }

    /** What is left to send never will be. */
    private void outputFailed() {
        if (inputEnded) {
            relay.abort();
        } else if (!outputBroken) {
            // The other side of this socket no longer listens; what it said before that is still to be read, as when a
            // server answers early and closes while its client goes on uploading.
            outputBroken = true;
            outputEnding = true;
            readOn();
        }
    }

    /** The socket is of no more use. */
    final void failed() {
        if (whenGone == null) {
            relay.abort();
        } else {
            reset();
        }
    }

    /** The socket is closed. */
    private void gone() {
        if (whenGone == null) {
            relay.closed(this, inputEnded && outputEnded);
        } else {
            whenGone.run();
        }
    }
}
