package io.pointsman.spi.userspace.tcp;

import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Listening channel of the JDK, used without epoll. */
final class NioAcceptor extends Acceptor<SocketChannel> implements NioIoHandle {
    private final ServerSocketChannel channel;

    NioAcceptor(ProxyContext proxy, TcpListener listener, ServerSocketChannel channel) {
        super(proxy, listener, NioIoOps.ACCEPT, NioIoOps.NONE);
        this.channel = channel;
    }

    @Override
    void listen(InetSocketAddress address) throws IOException {
        channel.configureBlocking(false);
        channel.bind(address, TcpListener.BACKLOG);
    }

    @Override
    @Nullable
    SocketChannel next() throws IOException {
        return channel.accept();
    }

    @Override
    @Nullable
    InetSocketAddress clientOf(SocketChannel client) throws IOException {
        proxy().configure(client);
        return (InetSocketAddress) client.getRemoteAddress();
    }

    @Override
    RelayEnd endOf(SocketChannel client, TcpRelay relay, RelayLoop on) {
        return new NioEnd(relay, proxy(), on, client);
    }

    @Override
    void refuse(SocketChannel client) {
        Sockets.resetOnClose(client);
        Sockets.close(client);
    }

    @Override
    void closeSocket() {
        Sockets.close(channel);
    }

    @Override
    public SelectableChannel selectableChannel() {
        return channel;
    }
}
