package io.pointsman.spi.userspace.udp;

import io.netty.channel.IoOps;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.DatagramSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** UDP socket with Netty's epoll. */
public final class EpollUdpSocket extends UdpSocket implements EpollIoHandle, RelayLoop.Closing {
    private static final int EMPTY = -1; // Netty's result for a datagram without payload, as for the end of a stream

    private final Socket socket;

    public EpollUdpSocket(RelayLoop relayLoop, Socket socket, Receiver receiver) {
        super(relayLoop, receiver);
        this.socket = socket;
    }

    @Override
    void bindSocket(InetSocketAddress address) throws IOException {
        socket.bind(address);
    }

    @Override
    void connectSocket(InetSocketAddress to, @Nullable InetSocketAddress source) throws IOException {
        if (source != null) {
            socket.bind(source);
        }
        socket.connect(to);
    }

    @Override
    IoOps input() {
        return EpollIoOps.EPOLLIN;
    }

    @Override
    int descriptor() {
        return socket.intValue();
    }

    @Override
    boolean receive(ByteBuffer buffer) throws IOException {
        final InetSocketAddress peer = peer();
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
        receiver().received(buffer.limit(bytes).position(0), from);
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

    /**
     * Whether the socket has a peer. After SOCK_DESTROY it has lost its peer and its port for good (Linux net/ipv4/udp.c,
     * udp_abort).
     */
    @Override
    boolean hasPeer() {
        return socket.remoteAddress() != null;
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    @Override
    void closeSocket() {
        relayLoop().closeSoon(this);
    }

    @Override
    public void free() {
        Sockets.close(socket);
        deregister();
    }
}
