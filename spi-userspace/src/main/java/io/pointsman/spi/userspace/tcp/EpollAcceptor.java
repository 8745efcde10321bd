package io.pointsman.spi.userspace.tcp;

import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.NativeInetAddress;
import io.netty.channel.unix.Socket;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Listening socket with Netty's epoll; accepted sockets inherit its options. */
final class EpollAcceptor extends Acceptor<Socket> implements EpollIoHandle {
    private static final int ADDRESS_BYTES = 1 + 16 + 4 + 4; // length, address, scope, port

    private final Socket socket;
    private final byte[] clientAddress = new byte[ADDRESS_BYTES];

    EpollAcceptor(ProxyContext proxy, TcpListener listener, Socket socket) {
        super(proxy, listener, EpollIoOps.EPOLLIN, EpollIoOps.EPOLLERR); // no event at all would end the registration
        this.socket = socket;
    }

    @Override
    void listen(InetSocketAddress address) throws IOException {
        socket.setReuseAddress(true);
        proxy().configure(socket);
        socket.bind(address);
        socket.listen(TcpListener.BACKLOG);
    }

    @Override
    @Nullable
    Socket next() throws IOException {
        final int descriptor = socket.accept(clientAddress);
        return descriptor < 0 ? null : new Socket(descriptor);
    }

    /** Client address of the connection accepted last. */
    @Override
    InetSocketAddress clientOf(Socket last) {
        return NativeInetAddress.address(clientAddress, 1, clientAddress[0]);
    }

    @Override
    RelayEnd endOf(Socket client, TcpRelay relay, RelayLoop on) {
        return new EpollEnd(relay, proxy(), on, client);
    }

    @Override
    void refuse(Socket client) {
        Sockets.resetOnClose(client);
        Sockets.close(client);
    }

    @Override
    void closeSocket() {
        Sockets.close(socket);
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }
}
