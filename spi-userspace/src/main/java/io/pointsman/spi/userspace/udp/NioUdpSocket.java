package io.pointsman.spi.userspace.udp;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.userspace.loop.RelayLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;

/** A UDP socket of the JDK, where there is no epoll. */
public final class NioUdpSocket extends UdpSocket implements NioIoHandle {
    private static final int LARGEST_BYTES = 65_535;

    private final RelayLoop relayLoop;
    private final DatagramChannel channel;
    private final Receiver receiver;
    private @Nullable IoRegistration registration;
    private @Nullable InetSocketAddress peer; // whom it is connected to
    private boolean open = true;

    public NioUdpSocket(RelayLoop relayLoop, IpFamily family, Receiver receiver) throws IOException {
        this.relayLoop = relayLoop;
        this.receiver = receiver;
        this.channel = DatagramChannel.open(
                switch (family) {
                    case IPV4 -> StandardProtocolFamily.INET;
                    case IPV6 -> StandardProtocolFamily.INET6;
                });
        channel.configureBlocking(false);
    }

    @Override
    void bind(InetSocketAddress address) throws IOException {
        channel.bind(address);
        register();
    }

    @Override
    void connect(InetSocketAddress to, @Nullable InetSocketAddress source) throws IOException {
        channel.bind(source); // null: an address of the kernel's choice
        channel.connect(to);
        peer = to;
        register();
    }

    private void register() throws IOException {
        final var registering = relayLoop.ioLoop().register(this);
        if (!registering.isSuccess()) {
            throw new IOException("the event loop takes no more sockets", registering.cause());
        }
        registration = registering.getNow();
        registration.submit(NioIoOps.READ);
    }

    @Override
    int descriptor() {
        return -1;
    }

    @Override
    public void handle(IoRegistration from, IoEvent event) {
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

    private boolean receive(ByteBuffer buffer) throws IOException {
        final InetSocketAddress from = (InetSocketAddress) channel.receive(buffer.clear());
        if (from == null) {
            return false;
        }
        if (peer == null || peer.equals(from)) { // see send
            receiver.received(buffer.flip(), from);
        }
        return true;
    }

    /**
     * A connected channel of the JDK sends no datagram without payload, and connecting one throws away what it has received:
     * for such a datagram it is disconnected, and stays so until there is another kind to send.
     */
    @Override
    void send(ByteBuffer datagram) throws IOException {
        if (!datagram.hasRemaining()) {
            channel.disconnect();
            channel.send(datagram, peer);
        } else if (connected()) {
            channel.write(datagram);
        }
    }

    /** Connects it once more, after receiving what has come: by a buffer of its own, for the one of its loop holds what is to be sent. */
    private boolean connected() throws IOException {
        if (!channel.isConnected()) {
            final ByteBuffer buffer = ByteBuffer.allocate(LARGEST_BYTES);
            while (open && receive(buffer)) {
                // the next
            }
            if (open) { // whoever received may have closed it
                channel.connect(peer);
            }
        }
        return open;
    }

    @Override
    void send(ByteBuffer datagram, InetSocketAddress to) throws IOException {
        channel.send(datagram, to);
    }

    /** The JDK remembers the peer itself, and tells errors of the kernel by their words alone: it may be lost after any of them. */
    @Override
    boolean hasPeer() {
        return false;
    }

    @Override
    boolean isOpen() {
        return open;
    }

    @Override
    public SelectableChannel selectableChannel() {
        return channel;
    }

    /** Also when the event loop ends. */
    @Override
    public void close() {
        if (open) {
            open = false;
            if (registration != null) {
                registration.cancel();
            }
            try {
                channel.close();
            } catch (IOException _) {
                // The descriptor is free all the same (close(2)).
            }
            receiver.gone();
        }
    }

    @Override
    public void registered() {}

    @Override
    public void unregistered() {}
}
