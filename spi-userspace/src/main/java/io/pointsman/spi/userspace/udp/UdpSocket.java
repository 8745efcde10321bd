package io.pointsman.spi.userspace.udp;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.pointsman.spi.userspace.loop.RelayLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket on an event loop. A datagram goes at once or is lost; none is kept, and those without payload are datagrams
 * like others (RFC 768), which Netty's channels don't pass on. On its event loop only.
 */
public abstract sealed class UdpSocket implements IoHandle permits EpollUdpSocket, NioUdpSocket {
    /** Of one readiness event, so that a flood at one socket leaves time for others. */
    static final int MOST_AT_ONCE = 16;

    /** Who gets what comes. */
    public interface Receiver {
        /** The bytes from position to limit; they are of no use after. */
        void received(ByteBuffer datagram, InetSocketAddress from);

        /** That was all for the moment. */
        void drained();

        /** The kernel told of an error, a refusal by the other side most often, or carrying a datagram threw one. */
        void failed(Throwable cause);

        /** The event loop ends. */
        void gone();
    }

    private final RelayLoop relayLoop;
    private final Receiver receiver;
    private @Nullable IoRegistration registration;
    private @Nullable InetSocketAddress peer; // whom it is connected to
    private boolean open = true;

    UdpSocket(RelayLoop relayLoop, Receiver receiver) {
        this.relayLoop = relayLoop;
        this.receiver = receiver;
    }

    /** Takes datagrams at this address from anybody. At failure it is to be closed. */
    final void bind(InetSocketAddress address) throws IOException {
        bindSocket(address);
        register();
    }

    /** Takes datagrams from this address only. At failure it is to be closed. */
    final void connect(InetSocketAddress to, @Nullable InetSocketAddress source) throws IOException {
        connectSocket(to, source);
        peer = to;
        register();
    }

    private void register() throws IOException {
        final var registering = relayLoop.ioLoop().register(this);
        if (!registering.isSuccess()) {
            throw new IOException("the event loop takes no more sockets", registering.cause());
        }
        registration = registering.getNow();
        try {
            registration.submit(input());
        } catch (UncheckedIOException e) {
            throw new IOException("the event loop takes no more sockets", e);
        }
    }

    abstract void bindSocket(InetSocketAddress address) throws IOException;

    abstract void connectSocket(InetSocketAddress to, @Nullable InetSocketAddress source) throws IOException;

    /** What its event loop is to tell of. */
    abstract IoOps input();

    /** Has the receiver get one datagram, if there is one; whether there was. */
    abstract boolean receive(ByteBuffer buffer) throws IOException;

    abstract void closeSocket();

    final RelayLoop relayLoop() {
        return relayLoop;
    }

    final Receiver receiver() {
        return receiver;
    }

    final @Nullable InetSocketAddress peer() {
        return peer;
    }

    /** Its descriptor, -1 where there is none to be seen. */
    abstract int descriptor();

    /** Sends what is from position to limit, to whom it is connected. */
    abstract void send(ByteBuffer datagram) throws IOException;

    /** Sends what is from position to limit. */
    abstract void send(ByteBuffer datagram, InetSocketAddress to) throws IOException;

    /** Whether it still knows whom it is connected to; asked after an error. */
    abstract boolean hasPeer();

    final boolean isOpen() {
        return open;
    }

    @Override
    public final void handle(IoRegistration from, IoEvent event) {
        try {
            for (int left = MOST_AT_ONCE; left > 0 && open && receive(relayLoop.datagramBuffer()); left--) {
                // the next
            }
        } catch (Throwable e) { // whatever it is, it is not to cost the event loop
            receiver.failed(e);
        }
        if (open) {
            receiver.drained();
        }
    }

    /** Closes unless closed. Also when the event loop ends. */
    @Override
    public final void close() {
        if (open) {
            open = false;
            closeSocket();
            receiver.gone();
        }
    }

    final void deregister() {
        if (registration != null) {
            registration.cancel();
        }
    }
}
