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
 * UDP socket on an event loop. A datagram is sent at once or lost, never queued. Datagrams without payload are delivered
 * like others (RFC 768); Netty's channels do not pass them on. On its event loop only.
 */
public abstract sealed class UdpSocket implements IoHandle permits EpollUdpSocket, NioUdpSocket {
    /** Maximum number of datagrams for one readiness event, so that a flood at one socket leaves time for others. */
    static final int MOST_AT_ONCE = 16;

    /** Receiver of a socket's datagrams and events. */
    public interface Receiver {
        /** Receives a datagram: the bytes from position to limit, valid during the call only. */
        void received(ByteBuffer datagram, InetSocketAddress from);

        /** Called when there are no more datagrams for now. */
        void drained();

        /** Called for an error that the kernel reports, mostly a refusal by the peer, or that handling a datagram threw. */
        void failed(Throwable cause);

        /** Called when the socket is closed. */
        void gone();
    }

    private final RelayLoop relayLoop;
    private final Receiver receiver;
    private @Nullable IoRegistration registration;
    private @Nullable InetSocketAddress peer; // set by connect
    private boolean open = true;

    UdpSocket(RelayLoop relayLoop, Receiver receiver) {
        this.relayLoop = relayLoop;
        this.receiver = receiver;
    }

    /** Receives datagrams at an address from any source. If it fails, the socket must be closed. */
    final void bind(InetSocketAddress address) throws IOException {
        bindSocket(address);
        register();
    }

    /** Receives datagrams from one peer only. If it fails, the socket must be closed. */
    final void connect(InetSocketAddress to, @Nullable InetSocketAddress source) throws IOException {
        connectSocket(to, source);
        peer = to;
        register();
    }

    private void register() throws IOException {
        final var registering = relayLoop.ioLoop().register(this);
        if (!registering.isSuccess()) {
            throw new IOException("the event loop can't watch another socket", registering.cause());
        }
        registration = registering.getNow();
        try {
            registration.submit(input());
        } catch (UncheckedIOException e) {
            throw new IOException("the event loop can't watch another socket", e);
        }
    }

    abstract void bindSocket(InetSocketAddress address) throws IOException;

    abstract void connectSocket(InetSocketAddress to, @Nullable InetSocketAddress source) throws IOException;

    /** Events to register for. */
    abstract IoOps input();

    /** Receives one datagram and passes it to the receiver; false if there is none. */
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

    /** File descriptor; -1 if the JDK hides it. */
    abstract int descriptor();

    /** Sends the bytes from position to limit to the peer. */
    abstract void send(ByteBuffer datagram) throws IOException;

    /** Sends the bytes from position to limit. */
    abstract void send(ByteBuffer datagram, InetSocketAddress to) throws IOException;

    /** Whether the socket still has its peer; asked after an error. */
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
        } catch (Throwable e) { // an error must not end the event loop
            receiver.failed(e);
        }
        if (open) {
            receiver.drained();
        }
    }

    /** Closes the socket if it is open; called when the event loop ends, too. */
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
