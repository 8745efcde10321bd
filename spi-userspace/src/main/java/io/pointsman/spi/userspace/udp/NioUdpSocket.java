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

/** UDP socket of the JDK, used without epoll. */
public final class NioUdpSocket extends UdpSocket implements NioIoHandle {
    private static final int LARGEST_BYTES = 65_535;

    private final DatagramChannel channel;

    /**
     * Creates a dual-stack socket, for the reason given at
     * {@link io.pointsman.spi.userspace.loop.Transport#newServerChannel}.
     */
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
        channel.bind(source); // null: an address that the kernel chooses
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
     * Sends a datagram to the peer. A connected channel of the JDK sends no datagram without payload, and connecting
     * discards what was received. So the channel is disconnected for such a datagram, and stays so until one with payload is
     * sent.
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

    /**
     * Connects the channel again, after receiving pending datagrams. It uses its own buffer, because the loop's buffer holds
     * the datagram to send. False if the socket was closed meanwhile.
     */
    private boolean connected() throws IOException {
        if (!channel.isConnected()) {
            final ByteBuffer buffer = ByteBuffer.allocate(LARGEST_BYTES);
            while (isOpen() && receive(buffer)) {
                // the next
            }
            if (isOpen()) { // a receiver may have closed it
                channel.connect(peer());
            }
        }
        return isOpen();
    }

    @Override
    void send(ByteBuffer datagram, InetSocketAddress to) throws IOException {
        channel.send(datagram, to);
    }

    /**
     * Always false: the JDK keeps the peer itself and reports kernel errors by text only, so that it may be lost after any
     * error.
     */
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
