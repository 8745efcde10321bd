package io.pointsman.spi.userspace.udp;

import io.netty.channel.IoOps;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;

/** A UDP socket of the JDK, where there is no epoll. */
public final class NioUdpSocket extends UdpSocket implements NioIoHandle {
    private static final int LARGEST_BYTES = 65_535;

    private final DatagramChannel channel;

    /** Of both families, as {@link io.pointsman.spi.userspace.loop.Transport#newServerChannel} is. */
    public NioUdpSocket(RelayLoop relayLoop, Receiver receiver) throws IOException {
        super(relayLoop, receiver);
        this.channel = DatagramChannel.open();
        channel.configureBlocking(false);
    }

    @Override
    void bindSocket(InetSocketAddress address) throws IOException {
        channel.bind(address);
    }

    @Override
    void connectSocket(InetSocketAddress to, @Nullable InetSocketAddress source) throws IOException {
        channel.bind(source); // null: an address of the kernel's choice
        channel.connect(to);
    }

    @Override
    IoOps input() {
        return NioIoOps.READ;
    }

    @Override
    int descriptor() {
        return -1;
    }

    @Override
    boolean receive(ByteBuffer buffer) throws IOException {
        final InetSocketAddress from = (InetSocketAddress) channel.receive(buffer.clear());
        if (from == null) {
            return false;
        }
        final InetSocketAddress peer = peer();
        if (peer == null || peer.equals(from)) { // see send
            receiver().received(buffer.flip(), from);
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
            channel.send(datagram, peer());
        } else if (connected()) {
            channel.write(datagram);
        }
    }

    /** Connects it once more, after receiving what has come: by a buffer of its own, for the one of its loop holds what is to be sent. */
    private boolean connected() throws IOException {
        if (!channel.isConnected()) {
            final ByteBuffer buffer = ByteBuffer.allocate(LARGEST_BYTES);
            while (isOpen() && receive(buffer)) {
                // the next
            }
            if (isOpen()) { // whoever received may have closed it
                channel.connect(peer());
            }
        }
        return isOpen();
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
    public SelectableChannel selectableChannel() {
        return channel;
    }

    @Override
    void closeSocket() {
        deregister();
        Sockets.close(channel);
    }
}
