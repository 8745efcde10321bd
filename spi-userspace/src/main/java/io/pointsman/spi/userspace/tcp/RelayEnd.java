package io.pointsman.spi.userspace.tcp;

import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One side of a relayed connection, whatever its socket is made of: what is read here is written to the peer.
 *
 * <p>Reading waits while the peer holds more unsent bytes than its high-water mark. A FIN travels in each direction by
 * itself, after the last byte; this side's socket is closed once a FIN went both ways through it. On the relay's event
 * loop only.
 */
abstract sealed class RelayEnd permits ChannelEnd, EpollEnd {
    private final TcpRelay relay;
    private @Nullable RelayEnd peer; // none until connected
    private @Nullable Runnable whenGone; // held in silence: nobody relays for it
    private @Nullable Backlog backlog; // none until something was left unsent
    private boolean inputEnded; // its FIN was read
    private boolean outputEnding; // nothing more is to be written
    private boolean outputEnded; // our FIN is sent
    private boolean outputBroken; // a write failed

    RelayEnd(TcpRelay relay) {
        this.relay = relay;
    }

    /** Dials; the relay is told how that went, unless this side is closed before. To be called once at most. */
    abstract void connect(InetSocketAddress to, @Nullable InetSocketAddress source);

    /** Sends the endpoint a header, in front of all else; takes it over. */
    abstract void announce(ByteBuf header);

    abstract boolean isOpen();

    /** Closes, unless closed. */
    abstract void close();

    /** Closes with a RST, not with a FIN; what is not sent yet is lost. */
    abstract void reset();

    /** Takes more from the socket, now or when there is more, as long as {@link #mayRead}. */
    abstract void readOn();

    /** Holds no more unsent bytes than it may. */
    abstract boolean isWritable();

    /** Calls {@link #outputWritten} when all is sent. */
    abstract void finishOutput();

    /** Sends the FIN. */
    abstract void shutdownOutput();

    /** From now on both are read and their bytes exchanged. */
    static void join(RelayEnd one, RelayEnd other) {
        one.peer = other;
        other.peer = one;
        one.readOn();
        other.readOn();
    }

    /** Throws away what comes, until the client ends or breaks the connection or somebody resets it. */
    final void hold(Runnable whenGone) {
        this.whenGone = whenGone;
        readOn();
    }

    /** So much memory is held by what is unsent here. The last thing to be called: it may close this side. */
    final void holds(Backlogs backlogs, long heldBytes, long sentBytes) {
        if (backlog == null) {
            if (heldBytes == 0) {
                return;
            }
            backlog = new Backlog(relay, relay::abort);
        }
        backlogs.update(backlog, heldBytes, sentBytes);
    }

    /** As said last. */
    final long heldBytes() {
        return backlog == null ? 0 : backlog.heldBytes();
    }

    final TcpRelay relay() {
        return relay;
    }

    final @Nullable RelayEnd peer() {
        return peer;
    }

    /** Whether bytes read here have where to go. Reading on after the FIN would make the kernel report it without end. */
    final boolean mayRead() {
        final RelayEnd to = peer;
        return !inputEnded && isOpen() && (to == null ? whenGone != null : to.isWritable() || to.outputEnding);
    }

    /** Whether nothing more is to be written: what still comes for this side is thrown away. */
    final boolean isOutputEnding() {
        return outputEnding;
    }

    /** Its FIN came. */
    final void inputEnded() {
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
            finishOutput();
        }
    }

    /** The last byte is sent. */
    final void outputWritten() {
        outputEnded = true;
        if (inputEnded) {
            close();
        } else {
            shutdownOutput();
        }
    }

    /** What is left to send never will be. */
    final void outputFailed() {
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
    final void gone() {
        if (whenGone == null) {
            relay.closed(this, inputEnded && outputEnded);
        } else {
            whenGone.run();
        }
    }
}
