package io.pointsman.agent.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * All HTTP listeners of the agent: probes, metrics, status. One thread serves them. No client can block others or fill
 * the memory: rooms limit the number of connections, and each connection is limited in lifetime and request size, to one
 * request at a time, and by the total size of unsent answers.
 */
public final class HttpServers implements ListenerFactory, AutoCloseable {
    /** Limit for the unsent answers of all listeners together. */
    static final int MAX_UNSENT_BYTES = 8 << 20;

    /** Lifetime of a connection. */
    private static final Duration MAX_AGE = Duration.ofSeconds(15);

    private static final int READ_BYTES = 2048;

    /** Send buffer of a connection in bytes; the kernel doubles it. */
    private static final int SOCKET_SEND_BYTES = 65_536;

    private static final int CLOSE_TIMEOUT_SECONDS = 1;

    /** Time limit for a bind, which takes microseconds; a thread that hangs must not block the caller. */
    private static final int BIND_TIMEOUT_SECONDS = 5;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("pointsman-http", true), NioIoHandler.newFactory());
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final UnsentAnswers unsent = new UnsentAnswers(MAX_UNSENT_BYTES);
    private final ListenerFactory shared = room(RoomLimits.SHARED);
    private final Duration maxAge;
    private volatile boolean closed;

    public HttpServers() {
        this(MAX_AGE);
    }

    HttpServers(Duration maxAge) {
        this.maxAge = maxAge;
        // An event loop of Netty without scheduled tasks wakes each second to check for some.
        final Future<?> _ = group.scheduleWithFixedDelay(() -> {}, 1, 1, TimeUnit.DAYS);
    }

    /** Opens a listener in the shared room, whose limits apply to all of its listeners together. */
    @Override
    public Listener open(InetSocketAddress address, Responder responder) throws IOException {
        return shared.open(address, responder);
    }

    /** Creates a room: the listeners opened by it share its limits, separate from those of other rooms. */
    public ListenerFactory room(RoomLimits limits) {
        final Room room = new Room(limits);
        return (address, responder) -> open(address, responder, room);
    }

    private Listener open(InetSocketAddress address, Responder responder, Room room) throws IOException {
        final Object identity = new Object();
        final RecvByteBufAllocator reads = new FixedRecvByteBufAllocator(READ_BYTES).maxMessagesPerRead(1);
        final ChannelFuture bound = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, reads)
                .childOption(ChannelOption.SO_SNDBUF, SOCKET_SEND_BYTES)
                .childHandler(new ChannelInitializer<NioSocketChannel>() {
                    @Override
                    protected void initChannel(NioSocketChannel channel) {
                        accept(channel, new ConnectionHandler(responder, identity, channel, unsent, maxAge), room);
                    }
                })
                .bind(address);
        if (!bound.awaitUninterruptibly(BIND_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            bound.addListener(ChannelFutureListener.CLOSE);
            throw new IOException("can't listen on " + text(address) + ": the HTTP thread does not answer");
        }
        if (!bound.isSuccess()) {
            throw new IOException("can't listen on " + text(address) + ": " + reason(bound.cause()), bound.cause());
        }
        bound.channel().pipeline().addLast(new AcceptFailures());
        return new NettyListener(bound.channel());
    }

    private void accept(NioSocketChannel channel, ConnectionHandler handler, Room room) {
        connections.add(channel);
        room.enter(handler);
        channel.closeFuture().addListener(_ -> room.leave(handler));
        channel.pipeline()
                .addLast(new HttpResponseEncoder())
                .addLast(handler.decoder())
                .addLast(handler);
    }

    private static String reason(Throwable cause) {
        final String message = cause.getMessage();
        return message == null ? cause.toString() : message;
    }

    static String text(InetSocketAddress address) {
        final String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    /** Returns why no request will be answered any more; empty while some are, and after close. Any thread may call it. */
    public Optional<String> failure() {
        return group.isShuttingDown() && !closed
                ? Optional.of("the thread that answers HTTP requests ended, the log says why")
                : Optional.empty();
    }

    /** Closes all listeners and connections. */
    @Override
    public void close() {
        closed = true;
        connections.close().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        group.shutdownGracefully(0, CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private record NettyListener(Channel channel) implements Listener {
        @Override
        public InetSocketAddress address() {
            return (InetSocketAddress) channel.localAddress();
        }

        @Override
        public void close() {
            channel.close().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }
}
