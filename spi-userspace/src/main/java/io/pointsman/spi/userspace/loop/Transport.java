package io.pointsman.spi.userspace.loop;

import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.userspace.UserspaceSettings;
import io.pointsman.spi.userspace.UserspaceSettings.TransportKind;
import io.pointsman.spi.userspace.udp.EpollUdpSocket;
import io.pointsman.spi.userspace.udp.NioUdpSocket;
import io.pointsman.spi.userspace.udp.UdpSocket;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Event loops and the sockets that run on them. Safe on any thread. */
public final class Transport {
    private static final long STOP_TIMEOUT_SECONDS = 10;

    private final boolean epoll;
    private final EventLoopGroup group;
    private final List<EventLoop> loops;
    private volatile boolean closing;
    private volatile @Nullable String failure;

    private Transport(boolean epoll, EventLoopGroup group) {
        this.epoll = epoll;
        this.group = group;
        final List<EventLoop> found = new ArrayList<>();
        for (EventExecutor loop : group) {
            found.add((EventLoop) loop);
        }
        this.loops = List.copyOf(found);
        for (EventLoop loop : loops) {
            final var _ = loop.terminationFuture().addListener(_ -> ended());
        }
    }

    /**
     * Creates the event loops; each thread starts with its first task.
     *
     * @throws BackendException if epoll is required and not available
     */
    public static Transport open(UserspaceSettings settings) throws BackendException {
        final boolean epoll = settings.transport() != TransportKind.NIO && Epoll.isAvailable();
        if (settings.transport() == TransportKind.EPOLL && !epoll) {
            throw new BackendException(
                    "userspace: transport epoll is not available here, nothing was started; use transport auto or nio",
                    Epoll.unavailabilityCause());
        }
        return new Transport(
                epoll,
                new MultiThreadIoEventLoopGroup(
                        settings.eventLoops(),
                        new DefaultThreadFactory("pointsman-userspace", true),
                        epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory()));
    }

    private void ended() {
        if (!closing) {
            final long ended = loops.stream().filter(EventLoop::isShuttingDown).count();
            failure = ended + " of " + loops.size()
                    + " event loops have ended, and with them their connections; the log" + " says why";
        }
    }

    /** Reason why the transport is broken: an event loop ended although {@link #close} was not called. */
    public Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    /** {@code epoll} or {@code nio}. */
    public String name() {
        return epoll ? "epoll" : "nio";
    }

    public List<EventLoop> loops() {
        return loops;
    }

    public boolean isEpoll() {
        return epoll;
    }

    /**
     * Creates a server socket for use without epoll. It is dual-stack: the JDK refuses to bind an IPv4-only socket to
     * loopback addresses that end in 255, because it takes them for broadcast addresses (Net.bind); the kernel does not.
     *
     * @throws ChannelException if there are no descriptors left
     */
    public ServerSocketChannel newServerChannel() {
        try {
            return ServerSocketChannel.open();
        } catch (IOException e) {
            throw new ChannelException(e);
        }
    }

    /** Creates a TCP socket for use without epoll. */
    public SocketChannel newChannel(IpFamily family) throws IOException {
        return SocketChannel.open(Sockets.family(family));
    }

    /** Creates a TCP socket without options, for use with epoll. */
    public Socket newSocket(IpFamily family) {
        return LinuxSocket.newSocketStream(protocolFamily(family));
    }

    /**
     * Creates a UDP socket that is neither bound nor connected.
     *
     * @throws ChannelException if there are no descriptors left
     */
    public UdpSocket newUdpSocket(IpFamily family, RelayLoop relayLoop, UdpSocket.Receiver receiver) {
        if (epoll) {
            return new EpollUdpSocket(relayLoop, LinuxSocket.newSocketDgram(protocolFamily(family)), receiver);
        }
        try {
            return new NioUdpSocket(relayLoop, receiver);
        } catch (IOException e) {
            throw new ChannelException(e);
        }
    }

    /** Ends all loops and waits for their threads; channels that are still open are closed. */
    public void close() {
        closing = true;
        group.shutdownGracefully(0, STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static SocketProtocolFamily protocolFamily(IpFamily family) {
        return switch (family) {
            case IPV4 -> SocketProtocolFamily.INET;
            case IPV6 -> SocketProtocolFamily.INET6;
        };
    }
}
