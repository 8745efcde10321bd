package io.pointsman.spi.userspace.udp;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.DatagramSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A UDP socket that is a descriptor of this process's epoll. */
public final class EpollUdpSocket extends UdpSocket implements EpollIoHandle, RelayLoop.Closing {
    private static final int EMPTY = -1; // what Netty makes of a datagram without payload, as of the end of a stream

    private final RelayLoop relayLoop;
    private final Socket socket;
    private final Receiver receiver;
    private @Nullable IoRegistration registration;
    private @Nullable InetSocketAddress peer; // whom it is connected to
    private boolean open = true;

    public EpollUdpSocket(RelayLoop relayLoop, Socket socket, Receiver receiver) {
        this.relayLoop = relayLoop;
        this.socket = socket;
        this.receiver = receiver;
    }

    @Override
    void bind(InetSocketAddress address) throws IOException {
        socket.bind(address);
        register();
    }

    @Override
    void connect(InetSocketAddress to, @Nullable InetSocketAddress source) throws IOException {
        if (source != null) {
            socket.bind(source);
        }
        socket.connect(to);
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
            registration.submit(EpollIoOps.EPOLLIN);
        } catch (UncheckedIOException e) {
            throw new IOException("epoll takes no more sockets", e);
        }
    }

    @Override
    int descriptor() {
        return socket.intValue();
    }

    @Override
    public void handle(IoRegistration from, IoEvent event) {
        try {
            for (int left = MOST_AT_ONCE; left > 0 && open && receive(); left--) {
                // the next
            }
        } catch (Throwable e) { // whatever it is, it is not to cost the event loop
            receiver.failed(e);
        }
        if (open) {
            receiver.drained();
        }
    }

    private boolean receive() throws IOException {
        final ByteBuffer buffer = relayLoop.datagramBuffer();
        final InetSocketAddress from;
        final int bytes;
        if (peer == null) {
            final DatagramSocketAddress sender = socket.recvFrom(buffer, 0, buffer.capacity());
            if (sender == null) {
                return false;
            }
            from = sender;
            bytes = sender.receivedAmount();
        } else {
            final int read = socket.recv(buffer, 0, buffer.capacity());
            if (read == 0) {
                return false;
            }
            from = peer;
            bytes = read == EMPTY ? 0 : read;
        }
        receiver.received(buffer.limit(bytes).position(0), from);
        return true;
    }

    @Override
    void send(ByteBuffer datagram) throws IOException {
        socket.send(datagram, datagram.position(), datagram.limit());
    }

    @Override
    void send(ByteBuffer datagram, InetSocketAddress to) throws IOException {
        socket.sendTo(datagram, datagram.position(), datagram.limit(), to.getAddress(), to.getPort());
    }

    /** A socket that SOCK_DESTROY ended has lost its peer and its port, and gets neither back (Linux net/ipv4/udp.c, udp_abort). */
    @Override
    boolean hasPeer() {
        return socket.remoteAddress() != null;
    }

    @Override
    boolean isOpen() {
        return open;
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    /** Also when the event loop ends. */
    @Override
    public void close() {
        if (open) {
            open = false;
            relayLoop.closeSoon(this);
            receiver.gone();
        }
    }

    @Override
    public void free() {
        Sockets.close(socket);
        if (registration != null) {
            registration.cancel();
        }
    }

    @Override
    public void registered() {}

    @Override
    public void unregistered() {}
}
